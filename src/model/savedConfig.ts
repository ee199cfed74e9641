import type { Cell } from '../cells/cell.js';
import { cellOf } from '../cells/cells.js';
import { BabblebrookError, checkNumber, checkOneOf, FileFormatError, invalid } from '../errors.js';
import { type ModelConfig, type ModelOptions, modelConfig } from './ModelConfig.js';
import { parseJsonObject } from './parseJsonObject.js';
import { TOKENIZER_FILES, type TokenizerFile } from './savedTokenizer.js';
import { webSha256 } from './webSha256.js';

/** What `config.json` says of a saved model. */
export interface SavedConfig {
  readonly cell: Cell;
  readonly config: ModelConfig;
  /** The tokenizer's file, beside it. */
  readonly tokenizer: TokenizerFile;
  readonly vocabularySize: number;
  readonly eosId: number;
  /** SHA-256 of the files by name; none where `config.json` was written by hand. */
  readonly checksums: ReadonlyMap<string, string> | undefined;
}

/** The names of the files that every saved model has, besides its tokenizer's. */
export const CONFIG_FILE = 'config.json';
export const WEIGHTS_FILE = 'model.safetensors';
/** What models have that were saved since they carry their cell. */
export const CELL_FILE = 'cell.json';

const FORMAT = 'babblebrook language model 1';
/** `zoneout` is there where there is some; `resetAfter` is what files said of a GRU before it had a name of its own. */
const OPTION_NAMES = [...Object.keys(modelConfig({ cell: 'rnn' })), 'zoneout', 'resetAfter'];

/**
 * The text of `config.json`: one flat object, and in it `sha256`, an object of the checksums of the other files and of
 * this one's other members, as `JSON.stringify` gives them; `checksum` makes that one.
 */
export function encodeSavedConfig(
  { cell: _, config, checksums, ...rest }: SavedConfig,
  checksum: (data: string) => string,
): string {
  const members = { format: FORMAT, ...rest, ...config };
  const sums = { [CONFIG_FILE]: checksum(JSON.stringify(members)), ...Object.fromEntries(checksums ?? []) };
  return `${JSON.stringify({ ...members, sha256: sums }, undefined, 2)}\n`;
}

/** What a `config.json` holds, as far as it can be checked without the cell. */
export interface ConfigFile {
  /** What is said of the model, but for what `SavedConfig` says beside its configuration. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly saved: Omit<SavedConfig, 'cell' | 'config'>;
}

/**
 * Parses a `config.json`: nothing unknown may be there; `sha256` may be left out where the file is written by hand.
 * @throws {FileFormatError} when it is no such thing, or has changed since it was saved; `path` says of what.
 */
export async function parseConfigFile(bytes: Uint8Array, path: string): Promise<ConfigFile> {
  const { sha256: sums, ...members } = parseJsonObject(bytes, path);
  const { format, vocabularySize, eosId, tokenizer, ...options } = members;
  return ofConfig(path, async () => {
    checkOneOf('format', format, [FORMAT]);
    for (const name of Object.keys(options)) checkOneOf('every name', name, OPTION_NAMES);
    const saved = {
      tokenizer: checkOneOf('tokenizer', tokenizer, TOKENIZER_FILES),
      vocabularySize: checkNumber('vocabularySize', vocabularySize, { integer: true, min: 1 }),
      eosId: checkNumber('eosId', eosId, { integer: true, min: 0, below: Number(vocabularySize) }),
    };
    if (sums === undefined) return { options, saved: { ...saved, checksums: undefined } };
    const checksums = checksumsOf(sums, [CONFIG_FILE, WEIGHTS_FILE, saved.tokenizer]);
    await checkChecksum(checksums, CONFIG_FILE, JSON.stringify(members));
    return { options, saved: { ...saved, checksums } };
  });
}

/**
 * The configuration of a file, with the cell that is saved beside it, or where there is none the library's of that name. Its
 * schema is that of a model's options, so `modelConfig` checks it: those that have defaults may be left out.
 * @throws {FileFormatError} when it is none; `path` says of what.
 */
export async function savedConfig(
  { options, saved }: ConfigFile,
  recorded: Cell | undefined,
  path: string,
): Promise<SavedConfig> {
  return ofConfig(path, async () => {
    const name = savedCellName(options);
    const cell = recorded ?? cellOf(name);
    checkOneOf('cell', name, [cell.name]);
    return { ...saved, cell, config: modelConfig({ ...options, cell } as ModelOptions) };
  });
}

async function ofConfig<T>(path: string, parse: () => Promise<T>): Promise<T> {
  try {
    return await parse();
  } catch (error) {
    if (!(error instanceof BabblebrookError)) throw error;
    throw new FileFormatError(`Expected ${path} to be the configuration of a model: ${error.message}`, {
      cause: error,
    });
  }
}

/** The name of the cell that a model was saved with. */
export function savedCellName({ cell, resetAfter = false }: Readonly<Record<string, unknown>>): unknown {
  checkOneOf('resetAfter', resetAfter, [true, false]);
  if (resetAfter && cell !== 'gru') throw invalid('resetAfter', `false for cell ${cell}`, resetAfter);
  return resetAfter ? 'gruResetAfter' : cell;
}

/**
 * Checks that a file is as it was when the model was saved.
 * @throws {FileFormatError} when it is not.
 */
export async function checkChecksum(
  checksums: SavedConfig['checksums'],
  name: string,
  data: Uint8Array | string,
): Promise<void> {
  const expected = checksums?.get(name);
  if (expected === undefined) return;
  const got = await webSha256(data);
  if (got !== expected)
    throw new FileFormatError(`Expected ${name} to be as it was saved, with SHA-256 ${expected}, got ${got}`);
}

function checksumsOf(value: unknown, names: readonly string[]): Map<string, string> {
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  const sums = new Map<string, string>();
  for (const [name, sum] of entries) {
    checkOneOf('every name in sha256', name, [...names, CELL_FILE]);
    if (typeof sum !== 'string' || !/^[0-9a-f]{64}$/.test(sum)) throw invalid(`the SHA-256 of ${name}`, 'one', sum);
    sums.set(name, sum);
  }
  if (!names.every((name) => sums.has(name)))
    throw invalid('sha256', `an object of SHA-256 of ${names.join(', ')}`, value);
  return sums;
}
