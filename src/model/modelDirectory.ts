import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Cell } from '../cells/cell.js';
import { type CellRecord, isSameEquation, recordCell } from '../cells/recordCell.js';
import {
  BabblebrookError,
  checkDirectoryPath,
  FileFormatError,
  InvalidArgumentError,
  invalid,
  NonFiniteError,
} from '../errors.js';
import { readBounded } from '../files/readBounded.js';
import { type Files, isThere, readReplaced, replaceDirectory } from '../files/replaceDirectory.js';
import { sha256 } from '../files/sha256.js';
import { CharacterTokenizer } from '../text/CharacterTokenizer.js';
import { SentencePieceTokenizer } from '../text/SentencePieceTokenizer.js';
import type { Tokenizer, TokenizerJSON } from '../text/Tokenizer.js';
import { tokenizerFromJSON } from '../text/tokenizerFromJSON.js';
import { layerSizes, type ModelConfig } from './ModelConfig.js';
import { modelCard, type TrainingMetrics } from './modelCard.js';
import { checkProbeIds, type Probe } from './Probe.js';
import { decodeSafetensors, encodeSafetensors, type StoredTensor, wrongTypeIn } from './safetensors.js';
import { encodeSavedCell, parseSavedCell, type SavedCell } from './savedCell.js';
import {
  CELL_FILE,
  CONFIG_FILE,
  checkChecksum,
  encodeSavedConfig,
  parseConfigFile,
  type SavedConfig,
  savedConfig,
  WEIGHTS_FILE,
} from './savedConfig.js';
import { checkSavedSize, MAX_HEADER_BYTES } from './savedSize.js';
import { encodeSavedTokenizer, parseSavedTokenizer, TOKENIZER_FILES } from './savedTokenizer.js';
import { fromTorch, torchShapes, toTorch, type Weights } from './torchWeights.js';

/** Everything that makes a model. */
export interface StoredModel {
  readonly cell: Cell;
  readonly config: ModelConfig;
  readonly tokenizer: Tokenizer;
  readonly weights: Weights;
}

const CARD_FILE = 'README.md';
const OWNED_FILES = [CONFIG_FILE, CELL_FILE, WEIGHTS_FILE, ...TOKENIZER_FILES, CARD_FILE];

const MAX_CONFIG_BYTES = 2 ** 20;
const MAX_CELL_BYTES = 2 ** 20;
const MAX_TOKENIZER_BYTES = 2 ** 26;

/** What else a saved model's files hold. */
export interface Recorded {
  readonly record: CellRecord;
  readonly probe: Probe;
}

/**
 * Writes a model as a directory: `config.json`, `cell.json`, `model.safetensors`, the tokenizer's file, `README.md`. It is the old one
 * or the new one, whole: see `replaceDirectory`. What is written is what the model is at the call.
 * @throws {InvalidArgumentError} when the path is a directory that holds other files, or an argument cannot be used.
 * @throws {NonFiniteError} when a weight is not finite: such a model never takes the place of an older one.
 * @throws {FileWriteError} when it cannot be written; what was there still is.
 */
export async function saveModelDirectory(
  path: string,
  model: StoredModel & Recorded,
  metrics: TrainingMetrics | undefined,
): Promise<void> {
  checkDirectoryPath('path', path);
  for (const [name, { values }] of model.weights)
    if (!values.every(Number.isFinite))
      throw new NonFiniteError(`Expected finite numbers in weight ${name}, got others; ${path} is as it was`);
  await replaceDirectory(path, filesOf(model, metrics), OWNED_FILES);
}

function filesOf(model: StoredModel & Recorded, metrics: TrainingMetrics | undefined): Files {
  const { cell, config, tokenizer, weights, record, probe } = model;
  const { vocabularySize, eosId } = tokenizer;
  const parameters = checkSavedSize({ ...config, cell }, vocabularySize);
  const { name, data } = encodeSavedTokenizer(tokenizer);
  if (data.length > MAX_TOKENIZER_BYTES)
    throw new InvalidArgumentError(`Expected a tokenizer of at most ${MAX_TOKENIZER_BYTES} bytes, got ${data.length}`);
  const tensors = encodeSafetensors({ metadata: { format: 'pt' }, tensors: toTorch(cell, config, weights) });
  const headerBytes = tensors.length - bytesBesideHeader(torchShapes(cell, config, vocabularySize));
  // What is written can be read: a cell of one's own may have many weights, and much to say.
  if (headerBytes > MAX_HEADER_BYTES)
    throw new InvalidArgumentError(
      `Expected a model whose weights have names and shapes of at most ${MAX_HEADER_BYTES} bytes, got ${headerBytes}`,
    );
  const ofCell = Buffer.from(encodeSavedCell(record, probe));
  if (ofCell.length > MAX_CELL_BYTES)
    throw new InvalidArgumentError(`Expected a cell of at most ${MAX_CELL_BYTES} bytes, got ${ofCell.length}`);
  const checksums = new Map([
    [CELL_FILE, sha256(ofCell)],
    [WEIGHTS_FILE, sha256(tensors)],
    [name, sha256(data)],
  ]);
  const tokenizerType = tokenizer.toJSON().type;
  return new Map<string, Uint8Array | string>([
    [CONFIG_FILE, encodeSavedConfig({ cell, config, tokenizer: name, vocabularySize, eosId, checksums })],
    [CELL_FILE, ofCell],
    [WEIGHTS_FILE, tensors],
    [name, data],
    [CARD_FILE, modelCard({ cell, config, tokenizerType, vocabularySize, parameters, metrics })],
  ]);
}

/**
 * Reads what `saveModelDirectory` wrote, or what others wrote in its format. `given` is its tokenizer, where that is neither
 * of characters nor SentencePiece's.
 * @throws {InvalidArgumentError} when an argument cannot be used.
 * @throws {FileFormatError} when the directory cannot be read, or a file is damaged or does not fit the others.
 */
export async function loadModelDirectory(
  path: string,
  given?: Tokenizer,
): Promise<StoredModel & { probe: Probe | undefined }> {
  checkDirectoryPath('path', path);
  if (given !== undefined && typeof given?.toJSON !== 'function') throw invalid('tokenizer', 'a tokenizer', given);
  return readReplaced(path, async (place) => {
    const configPath = join(place, CONFIG_FILE);
    const file = parseConfigFile(await readBounded(configPath, { max: MAX_CONFIG_BYTES }), configPath);
    const ofCell = await readCell(place, file.saved);
    const saved = savedConfig(file, ofCell?.cell, configPath);
    naming(configPath, () => checkSavedSize({ ...saved.config, cell: saved.cell }, saved.vocabularySize));
    if (ofCell) naming(place, () => checkRecorded(ofCell.record, saved));
    const tokenizer = await readTokenizer(place, saved, given);
    const weights = await readWeights(place, saved);
    return { cell: saved.cell, config: saved.config, tokenizer, weights, probe: ofCell?.probe };
  });
}

/** What is said of the cell; `undefined` of a model that was saved before models carried theirs, or written by hand without. */
async function readCell(
  place: string,
  { checksums, vocabularySize }: Pick<SavedConfig, 'checksums' | 'vocabularySize'>,
): Promise<SavedCell | undefined> {
  const path = join(place, CELL_FILE);
  if (!(checksums ? checksums.has(CELL_FILE) : await isThere(path))) return undefined;
  const bytes = await readBounded(path, { max: MAX_CELL_BYTES });
  const saved = parseSavedCell(bytes, path);
  naming(place, () => {
    checkChecksum(checksums, CELL_FILE, bytes);
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

async function readTokenizer(place: string, saved: SavedConfig, given: Tokenizer | undefined): Promise<Tokenizer> {
  const path = join(place, saved.tokenizer);
  const bytes = await readBounded(path, { max: MAX_TOKENIZER_BYTES });
  naming(place, () => checkChecksum(saved.checksums, saved.tokenizer, bytes));
  const json = parseSavedTokenizer(saved.tokenizer, bytes, path);
  const tokenizer = given ? sameTokenizer(given, json, path) : await restored(json, path);
  const { vocabularySize, eosId } = tokenizer;
  if (vocabularySize !== saved.vocabularySize || eosId !== saved.eosId)
    throw new FileFormatError(
      `Expected ${path} to have ${saved.vocabularySize} ids and EOS ${saved.eosId}, as ${CONFIG_FILE} says, got ${vocabularySize} and ${eosId}`,
    );
  return tokenizer;
}

async function readWeights(place: string, saved: SavedConfig): Promise<Map<string, StoredTensor>> {
  const path = join(place, WEIGHTS_FILE);
  const shapes = torchShapes(saved.cell, saved.config, saved.vocabularySize);
  const min = bytesBesideHeader(shapes);
  const bytes = await readBounded(path, { min, max: min + MAX_HEADER_BYTES }).catch(async (error) => {
    throw (await wrongTypeInFile(path)) ?? error;
  });
  // Decoded first: it tells what is wrong with a file better than its checksum does.
  const { tensors } = decodeSafetensors(bytes, path);
  naming(place, () => checkChecksum(saved.checksums, WEIGHTS_FILE, bytes));
  checkTensors(tensors, shapes, path);
  const weights = fromTorch(saved.cell, saved.config, tensors);
  for (const [name, { values }] of weights)
    if (!values.every(Number.isFinite))
      throw new FileFormatError(`Expected finite numbers in ${path}, got others in what makes ${name}`);
  return weights;
}

/** The bytes of a safetensors file of these shapes, but for its header: the header's length, and the numbers. */
function bytesBesideHeader(shapes: ReadonlyMap<string, readonly number[]>): number {
  const sizes = [...shapes.values()].map((shape) => shape.reduce((product, size) => product * size, 1));
  return 8 + 4 * sizes.reduce((sum, size) => sum + size, 0);
}

/** Numbers of another type make a file of another size: what is wrong with such a file is its type. */
async function wrongTypeInFile(path: string): Promise<FileFormatError | undefined> {
  if (!(await stat(path).catch(() => undefined))?.isFile()) return undefined;
  const bytes = new Uint8Array(8 + MAX_HEADER_BYTES);
  const file = await open(path).catch(() => undefined);
  try {
    return file && wrongTypeIn(bytes.subarray(0, (await file.read(bytes)).bytesRead), path);
  } finally {
    await file?.close();
  }
}

function sameTokenizer(given: Tokenizer, json: TokenizerJSON, path: string): Tokenizer {
  if (!isDeepStrictEqual(JSON.parse(JSON.stringify(given.toJSON()) ?? 'null'), json))
    throw new FileFormatError(`Expected the given tokenizer to be the one in ${path}, got another`);
  return given;
}

async function restored(json: TokenizerJSON, path: string): Promise<Tokenizer> {
  try {
    return await tokenizerFromJSON(json);
  } catch (error) {
    if (!(error instanceof BabblebrookError)) throw error;
    const isOwn = ![CharacterTokenizer.type, SentencePieceTokenizer.type].includes(json.type);
    const advice = isOwn ? '; LanguageModel.load(path, { tokenizer }) takes one of your own' : '';
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

/** Says of which file or directory an error is. */
export function naming<T>(path: string, check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof BabblebrookError)) throw error;
    throw new FileFormatError(`Expected ${path} to be a saved model: ${error.message}`, { cause: error });
  }
}
