import type { Cell } from '../cells/cell.js';
import { type CellRecord, isSameEquation, recordCell } from '../cells/recordCell.js';
import { BabblebrookError, FileFormatError, invalid } from '../errors.js';
import { CharacterTokenizer } from '../text/CharacterTokenizer.js';
import { SENTENCEPIECE } from '../text/restoreTokenizer.js';
import type { Tokenizer, TokenizerJSON } from '../text/Tokenizer.js';
import { layerSizes, type ModelConfig } from './ModelConfig.js';
import { naming, namingLater } from './naming.js';
import { checkProbeIds, type Probe } from './Probe.js';
import { decodeSafetensors, NUMBER_BYTES, type NumberType, type StoredTensor, wrongTypeIn } from './safetensors.js';
import { parseSavedCell, type SavedCell } from './savedCell.js';
import {
  CELL_FILE,
  CONFIG_FILE,
  checkChecksum,
  parseConfigFile,
  type SavedConfig,
  savedConfig,
  WEIGHTS_FILE,
} from './savedConfig.js';
import { checkSavedSize, MAX_HEADER_BYTES } from './savedSize.js';
import { parseSavedTokenizer } from './savedTokenizer.js';
import { fromTorch, torchShapes, type Weights } from './torchWeights.js';

/** Everything that makes a model. */
export interface StoredModel {
  readonly cell: Cell;
  readonly config: ModelConfig;
  readonly tokenizer: Tokenizer;
  readonly weights: Weights;
}

/** A model as it was read. */
export interface LoadedModel extends StoredModel {
  /** What it gave when it was saved; of a model that carries no cell, nothing is known. */
  readonly probe: Probe | undefined;
}

/** Where the files of a saved model are read from, by their names. */
export interface SavedFiles {
  /** What errors call a file; `''`: all of them. */
  pathOf(name: string): string;
  /** Whether there is such a file. */
  has(name: string): Promise<boolean>;
  /**
   * All of a file whose size is within bounds, in bytes: no file can make this take more memory.
   * @throws {FileFormatError} when there is no such file.
   */
  read(name: string, bounds: { readonly min?: number; readonly max: number }): Promise<Uint8Array>;
  /** At most so many bytes that a file begins with; nothing where it cannot be read. */
  begin(name: string, length: number): Promise<Uint8Array | undefined>;
}

/** How a saved model's tokenizer is made. */
export interface TokenizerSource {
  /** Its user's, which must be the one that was saved. */
  readonly given: Tokenizer | undefined;
  /** Makes one of what `toJSON` gave. */
  restore(json: TokenizerJSON): Promise<Tokenizer>;
  /** The class whose `load` takes a tokenizer, for messages. */
  readonly loader: string;
}

export const MAX_CELL_BYTES = 2 ** 20;
export const MAX_TOKENIZER_BYTES = 2 ** 26;
const MAX_CONFIG_BYTES = 2 ** 20;

/**
 * Reads a saved model: everything is checked.
 * @throws {FileFormatError} when a file is missing, damaged, or does not fit the others.
 */
export async function readSavedModel(files: SavedFiles, tokenizer: TokenizerSource): Promise<LoadedModel> {
  const { given } = tokenizer;
  if (given !== undefined && typeof given?.toJSON !== 'function') throw invalid('tokenizer', 'a tokenizer', given);
  const [place, configPath] = [files.pathOf(''), files.pathOf(CONFIG_FILE)];
  const file = await parseConfigFile(await files.read(CONFIG_FILE, { max: MAX_CONFIG_BYTES }), configPath);
  const ofCell = await readCell(files, file.saved);
  const saved = await savedConfig(file, ofCell?.cell, configPath);
  naming(configPath, () => checkSavedSize({ ...saved.config, cell: saved.cell }, saved.vocabularySize));
  if (ofCell) naming(place, () => checkRecorded(ofCell.record, saved));
  const made = await readTokenizer(files, saved, tokenizer);
  const weights = await readWeights(files, saved);
  return { cell: saved.cell, config: saved.config, tokenizer: made, weights, probe: ofCell?.probe };
}

/** What is said of the cell; `undefined` of a model that was saved before models carried theirs, or written by hand without. */
async function readCell(
  files: SavedFiles,
  { checksums, vocabularySize }: Pick<SavedConfig, 'checksums' | 'vocabularySize'>,
): Promise<SavedCell | undefined> {
  if (!(checksums ? checksums.has(CELL_FILE) : await files.has(CELL_FILE))) return undefined;
  const bytes = await files.read(CELL_FILE, { max: MAX_CELL_BYTES });
  const saved = parseSavedCell(bytes, files.pathOf(CELL_FILE));
  await namingLater(files.pathOf(''), async () => {
    await checkChecksum(checksums, CELL_FILE, bytes);
    checkProbeIds(saved.probe, vocabularySize);
  });
  return saved;
}

function checkRecorded(record: CellRecord, { cell, config }: SavedConfig): void {
  if (!isSameEquation(record, recordCell(cell, layerSizes(config))))
    throw new FileFormatError(
      `Expected ${CELL_FILE} to have the cell at the sizes that ${CONFIG_FILE} says, got others`,
    );
}

async function readTokenizer(files: SavedFiles, saved: SavedConfig, source: TokenizerSource): Promise<Tokenizer> {
  const path = files.pathOf(saved.tokenizer);
  const bytes = await files.read(saved.tokenizer, { max: MAX_TOKENIZER_BYTES });
  await namingLater(files.pathOf(''), () => checkChecksum(saved.checksums, saved.tokenizer, bytes));
  const json = parseSavedTokenizer(saved.tokenizer, bytes, path);
  const tokenizer = source.given ? sameTokenizer(source.given, json, path) : await restored(json, path, source);
  const { vocabularySize, eosId } = tokenizer;
  if (vocabularySize !== saved.vocabularySize || eosId !== saved.eosId)
    throw new FileFormatError(
      `Expected ${path} to have ${saved.vocabularySize} ids and EOS ${saved.eosId}, as ${CONFIG_FILE} says, got ${vocabularySize} and ${eosId}`,
    );
  return tokenizer;
}

async function readWeights(files: SavedFiles, saved: SavedConfig): Promise<Map<string, StoredTensor>> {
  const path = files.pathOf(WEIGHTS_FILE);
  const shapes = torchShapes(saved.cell, saved.config, saved.vocabularySize);
  const [min, max] = [bytesBesideHeader(shapes, 'F16'), bytesBesideHeader(shapes, 'F32') + MAX_HEADER_BYTES];
  const bytes = await files.read(WEIGHTS_FILE, { min, max }).catch(async (error) => {
    // Numbers of another type make a file of another size: what is wrong with such a file is its type.
    const start = await files.begin(WEIGHTS_FILE, 8 + MAX_HEADER_BYTES);
    throw (start && wrongTypeIn(start, path)) ?? error;
  });
  // Decoded first: it tells what is wrong with a file better than its checksum does.
  const { tensors } = decodeSafetensors(bytes, path);
  await namingLater(files.pathOf(''), () => checkChecksum(saved.checksums, WEIGHTS_FILE, bytes));
  checkTensors(tensors, shapes, path);
  const weights = fromTorch(saved.cell, saved.config, tensors);
  for (const [name, { values }] of weights)
    if (!areFinite(values))
      throw new FileFormatError(`Expected finite numbers in ${path}, got others in what makes ${name}`);
  return weights;
}

/** The bytes of a safetensors file of these shapes, but for its header: the header's length, and the numbers. */
export function bytesBesideHeader(shapes: ReadonlyMap<string, readonly number[]>, dtype: NumberType): number {
  const sizes = [...shapes.values()].map((shape) => shape.reduce((product, size) => product * size, 1));
  return 8 + NUMBER_BYTES[dtype] * sizes.reduce((sum, size) => sum + size, 0);
}

function sameTokenizer(given: Tokenizer, json: TokenizerJSON, path: string): Tokenizer {
  const own: unknown = JSON.parse(JSON.stringify(given.toJSON()) ?? 'null');
  if (!isSame(own, json))
    throw new FileFormatError(`Expected the given tokenizer to be the one in ${path}, got another`);
  return given;
}

/** Whether two values that JSON gave are the same, in whatever order their members are. */
function isSame(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  const [own, others] = [Object.entries(a), new Map(Object.entries(b))];
  if (Array.isArray(a) !== Array.isArray(b) || own.length !== others.size) return false;
  return own.every(([name, value]) => others.has(name) && isSame(value, others.get(name)));
}

async function restored(json: TokenizerJSON, path: string, { restore, loader }: TokenizerSource): Promise<Tokenizer> {
  try {
    return await restore(json);
  } catch (error) {
    if (!(error instanceof BabblebrookError)) throw error;
    const isOwn = ![CharacterTokenizer.type, SENTENCEPIECE].includes(json.type);
    const advice = isOwn ? `; ${loader}.load(path, { tokenizer }) takes one of your own` : '';
    throw new FileFormatError(`Expected ${path} to be a tokenizer: ${error.message}${advice}`, { cause: error });
  }
}

function checkTensors(tensors: Weights, shapes: ReadonlyMap<string, number[]>, path: string): void {
  for (const [name, shape] of shapes) {
    const got = tensors.get(name)?.shape;
    if (got?.join() !== shape.join())
      throw new FileFormatError(
        `Expected tensor ${name} of shape [${shape}] in ${path}, got ${got ? `[${got}]` : 'none'}`,
      );
  }
  for (const name of tensors.keys())
    if (!shapes.has(name)) throw new FileFormatError(`Expected no tensor ${name} in ${path}, got one`);
}

/** What `values.every(Number.isFinite)` says, by searches that run outside JavaScript. */
function areFinite(values: Float32Array): boolean {
  return [NaN, Infinity, -Infinity].every((other) => !values.includes(other));
}
