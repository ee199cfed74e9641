import type { CellRecord } from '../cells/recordCell.js';
import { checkDirectoryPath, InvalidArgumentError, NonFiniteError } from '../errors.js';
import { type Files, readReplaced, replaceDirectory } from '../files/replaceDirectory.js';
import { sha256 } from '../files/sha256.js';
import type { Tokenizer } from '../text/Tokenizer.js';
import { tokenizerFromJSON } from '../text/tokenizerFromJSON.js';
import { directoryFiles } from './directoryFiles.js';
import type { Precision } from './inPrecision.js';
import { modelCard, type TrainingMetrics } from './modelCard.js';
import type { Probe } from './Probe.js';
import {
  bytesBesideHeader,
  type LoadedModel,
  MAX_CELL_BYTES,
  MAX_TOKENIZER_BYTES,
  readSavedModel,
  type StoredModel,
} from './readSavedModel.js';
import { encodeSafetensors } from './safetensors.js';
import { encodeSavedCell } from './savedCell.js';
import { CELL_FILE, CONFIG_FILE, encodeSavedConfig, WEIGHTS_FILE } from './savedConfig.js';
import { checkSavedSize, MAX_HEADER_BYTES } from './savedSize.js';
import { encodeSavedTokenizer, TOKENIZER_FILES } from './savedTokenizer.js';
import { torchShapes, toTorch } from './torchWeights.js';

const CARD_FILE = 'README.md';
const OWNED_FILES = [CONFIG_FILE, CELL_FILE, WEIGHTS_FILE, ...TOKENIZER_FILES, CARD_FILE];

/** What else a saved model's files hold. */
export interface Recorded {
  readonly record: CellRecord;
  readonly probe: Probe;
}

/** How a model is saved. */
export interface Saving {
  readonly metrics: TrainingMetrics | undefined;
  /** That of the file's numbers, to which the weights were rounded: `inPrecision`. */
  readonly precision: Precision;
}

/**
 * Writes a model as a directory: `config.json`, `cell.json`, `model.safetensors`, the tokenizer's file, `README.md`. It is the old one
 * or the new one, whole: see `replaceDirectory`. What is written is what the model is at the call.
 * @throws {InvalidArgumentError} when the path is a directory that holds other files, or an argument cannot be used.
 * @throws {NonFiniteError} when a weight is not finite: such a model never takes the place of an older one.
 * @throws {FileWriteError} when it cannot be written; what was there still is.
 */
export async function saveModelDirectory(path: string, model: StoredModel & Recorded, saving: Saving): Promise<void> {
  checkDirectoryPath('path', path);
  for (const [name, { values }] of model.weights)
    if (!values.every(Number.isFinite))
      throw new NonFiniteError(`Expected finite numbers in weight ${name}, got others; ${path} is as it was`);
  await replaceDirectory(path, filesOf(model, saving), OWNED_FILES);
}

function filesOf(model: StoredModel & Recorded, { metrics, precision }: Saving): Files {
  const { cell, config, tokenizer, weights, record, probe } = model;
  const { vocabularySize, eosId } = tokenizer;
  const parameters = checkSavedSize({ ...config, cell }, vocabularySize);
  const { name, data } = encodeSavedTokenizer(tokenizer);
  if (data.length > MAX_TOKENIZER_BYTES)
    throw new InvalidArgumentError(`Expected a tokenizer of at most ${MAX_TOKENIZER_BYTES} bytes, got ${data.length}`);
  const dtype = precision === 'float16' ? 'F16' : 'F32';
  const tensors = encodeSafetensors({ metadata: { format: 'pt' }, tensors: toTorch(cell, config, weights) }, dtype);
  const headerBytes = tensors.length - bytesBesideHeader(torchShapes(cell, config, vocabularySize), dtype);
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
    [CONFIG_FILE, encodeSavedConfig({ cell, config, tokenizer: name, vocabularySize, eosId, checksums }, sha256)],
    [CELL_FILE, ofCell],
    [WEIGHTS_FILE, tensors],
    [name, data],
    [CARD_FILE, modelCard({ cell, config, tokenizerType, vocabularySize, parameters, precision, metrics })],
  ]);
}

/**
 * Reads what `saveModelDirectory` wrote, or what others wrote in its format. `given` is its tokenizer, where that is neither
 * of characters nor SentencePiece's.
 * @throws {InvalidArgumentError} when an argument cannot be used.
 * @throws {FileFormatError} when the directory cannot be read, or a file is damaged or does not fit the others.
 */
export async function loadModelDirectory(path: string, given?: Tokenizer): Promise<LoadedModel> {
  checkDirectoryPath('path', path);
  return readReplaced(path, async (place) =>
    readSavedModel(directoryFiles(place), { given, restore: tokenizerFromJSON, loader: 'LanguageModel' }),
  );
}
