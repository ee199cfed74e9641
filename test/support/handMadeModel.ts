import type { Cell } from '../../src/cells/cell.js';
import { type CellName, cellOf } from '../../src/cells/cells.js';
import { sha256 } from '../../src/files/sha256.js';
import { type InferenceLoadOptions, InferenceModel } from '../../src/inference/InferenceModel.js';
import { type ModelOptions, modelConfig, weightShapes } from '../../src/model/ModelConfig.js';
import { encodeSafetensors } from '../../src/model/safetensors.js';
import { encodeSavedConfig } from '../../src/model/savedConfig.js';
import { encodeSavedTokenizer } from '../../src/model/savedTokenizer.js';
import { toTorch } from '../../src/model/torchWeights.js';
import { CharacterTokenizer } from '../../src/text/CharacterTokenizer.js';

/** A model whose weights are written down. */
export interface HandMade extends Omit<ModelOptions, 'cell'> {
  readonly cell: CellName | Cell;
  /** Pad, EOS and unknown are ids 0 to 2; these follow. */
  readonly characters: string;
  /** By name, row-major; those left out are 0. A function gives the number at a place. */
  readonly weights: Readonly<Record<string, readonly number[]>> | ((name: string, at: number) => number);
}

/** The files of such a model; no TensorFlow is loaded for it. */
export function handMadeFiles({ cell, characters, weights, ...options }: HandMade): Record<string, Uint8Array> {
  const made = cellOf(cell);
  const config = modelConfig({ cell, ...options });
  const tokenizer = new CharacterTokenizer(characters);
  const { vocabularySize, eosId } = tokenizer;
  const shapes = weightShapes(made, config, vocabularySize);
  if (typeof weights !== 'function')
    for (const [name, { length }] of Object.entries(weights))
      if (shapes.get(name)?.reduce((a, b) => a * b, 1) !== length)
        throw new RangeError(`Expected ${name} to be one of ${JSON.stringify([...shapes])}, got ${length} numbers`);
  const tensors = new Map(
    [...shapes].map(([name, shape]) => {
      const number = (_: number, at: number): number =>
        typeof weights === 'function' ? weights(name, at) : (weights[name]?.[at] ?? 0);
      return [name, { shape, values: new Float32Array(shape.reduce((a, b) => a * b, 1)).map(number) }];
    }),
  );
  const { name, data } = encodeSavedTokenizer(tokenizer);
  const file = encodeSafetensors({ metadata: { format: 'pt' }, tensors: toTorch(made, config, tensors) }, 'F32');
  const checksums = new Map([
    ['model.safetensors', sha256(file)],
    [name, sha256(data)],
  ]);
  const configFile = encodeSavedConfig(
    { cell: made, config, tokenizer: name, vocabularySize, eosId, checksums },
    sha256,
  );
  return { 'config.json': new TextEncoder().encode(configFile), 'model.safetensors': file, [name]: data };
}

/** Such a model. */
export async function handMadeModel(made: HandMade, options: InferenceLoadOptions = {}): Promise<InferenceModel> {
  return InferenceModel.load(handMadeFiles(made), options);
}
