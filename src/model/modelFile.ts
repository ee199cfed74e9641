import { readFile } from 'node:fs/promises';
import writeFileAtomic from 'write-file-atomic';
import { BabblebrookError, FileFormatError, NonFiniteError } from '../errors.js';
import type { Tokenizer } from '../text/Tokenizer.js';
import { tokenizerFromJSON } from '../text/tokenizerFromJSON.js';
import { type ModelConfig, modelConfig, weightShapes } from './ModelConfig.js';
import { decodeSafetensors, encodeSafetensors, type StoredTensor } from './safetensors.js';

/** Everything that makes a model. */
export interface StoredModel {
  readonly config: ModelConfig;
  readonly tokenizer: Tokenizer;
  readonly weights: ReadonlyMap<string, StoredTensor>;
}

const FORMAT = 'babblebrook language model 1';

/**
 * Writes a model to one safetensors file, through a temporary name, flushed, then renamed: the file is the old one or the
 * new one, whole.
 * @throws {NonFiniteError} when a weight is not finite: such a model never takes the place of an older one.
 */
export async function saveModelFile(path: string, { config, tokenizer, weights }: StoredModel): Promise<void> {
  for (const [name, { values }] of weights)
    if (!values.every(Number.isFinite))
      throw new NonFiniteError(`Expected finite numbers in weight ${name}, got others; ${path} is as it was`);
  const metadata = { format: FORMAT, config: JSON.stringify(config), tokenizer: JSON.stringify(tokenizer) };
  await writeFileAtomic(path, Buffer.from(encodeSafetensors({ metadata, tensors: weights }).buffer));
}

/**
 * Reads what `saveModelFile` wrote.
 * @throws {FileFormatError} when the file cannot be read, or is damaged, or no model.
 */
export async function loadModelFile(path: string): Promise<StoredModel> {
  const { metadata, tensors: weights } = decodeSafetensors(await read(path), path);
  if (metadata['format'] !== FORMAT)
    throw new FileFormatError(
      `Expected ${path} to be a "${FORMAT}", got ${metadata['format'] ? `a "${metadata['format']}"` : 'another file'}`,
    );
  const config = await understand(path, 'configuration', () => modelConfig(JSON.parse(metadata['config'] ?? '') ?? {}));
  const tokenizer = await understand(path, 'tokenizer', () =>
    tokenizerFromJSON(JSON.parse(metadata['tokenizer'] ?? '')),
  );
  // Checked before shapes are listed: a damaged number makes no endless list.
  if (config.layers > weights.size)
    throw new FileFormatError(`Expected weights of ${config.layers} layers in ${path}, got ${weights.size} weights`);
  checkWeights(path, weights, weightShapes(config, tokenizer.vocabularySize));
  return { config, tokenizer, weights };
}

async function read(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new FileFormatError(`Expected ${path} to be a saved model: ${(error as Error).message}`, { cause: error });
  }
}

async function understand<T>(path: string, what: string, parse: () => T | Promise<T>): Promise<T> {
  try {
    return await parse();
  } catch (error) {
    if (!(error instanceof BabblebrookError || error instanceof SyntaxError)) throw error;
    throw new FileFormatError(`Expected ${path} to hold a model's ${what}: ${error.message}`, { cause: error });
  }
}

function checkWeights(path: string, weights: ReadonlyMap<string, StoredTensor>, shapes: Map<string, number[]>): void {
  for (const [name, shape] of shapes) {
    const stored = weights.get(name);
    if (stored?.shape.join() !== shape.join())
      throw new FileFormatError(
        `Expected weight ${name} of shape [${shape}] in ${path}, got ${stored ? `[${stored.shape}]` : 'none'}`,
      );
    if (!stored.values.every(Number.isFinite))
      throw new FileFormatError(`Expected finite numbers in weight ${name} of ${path}, got others`);
  }
}
