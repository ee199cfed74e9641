/** Every error the library raises on purpose is one of these; `catch (e) { if (e instanceof BabblebrookError) … }`. */
export class BabblebrookError extends Error {
  readonly #options: readonly string[];

  constructor(message: string, { options = [], ...rest }: BabblebrookErrorOptions = {}) {
    super(message, rest);
    this.name = new.target.name;
    this.#options = options;
  }

  /**
   * The options that the message names, as code calls them, such as `clipNorm`: a program that calls them otherwise, by
   * flags say, can put its own names in their place.
   */
  get options(): readonly string[] {
    return this.#options;
  }
}

/** What an error knows besides its message. */
export interface BabblebrookErrorOptions extends ErrorOptions {
  /** The options that the message names. Default: none. */
  readonly options?: readonly string[] | undefined;
}

/** An argument, option or flag has a value that cannot be used. */
export class InvalidArgumentError extends BabblebrookError {}

/** A cell's equation cannot be: operands whose shapes do not fit, or results that are missing. */
export class CellError extends BabblebrookError {}

/** A text source cannot be read: it is missing, a directory, empty where text is needed, or not a source at all. */
export class SourceError extends BabblebrookError {}

/** A source is not what it was when it was first read: another size, time of its last change or ETag, or other bytes. */
export class SourceChangedError extends SourceError {}

/** Where a source does not hold what it should. */
export interface SourcePlace {
  /** A path or URL, or the position of the source in a list. */
  readonly source: string;
  /** Which record, from 1: of JSON lines the line, else the row, a header not counted. `undefined` where it is none in particular. */
  readonly row?: number | undefined;
  /** Bytes from the start: of what is packed, where the packing is damaged, else of the unpacked content. */
  readonly byteOffset: number;
}

/**
 * A source does not hold what its format says: a record without text, JSON that is none, a packed file or Parquet file that is
 * damaged or ends too early, a server that sends a part only.
 */
export class SourceFormatError extends SourceError implements SourcePlace {
  /** A path or URL, or the position of the source in a list. */
  readonly source: string;
  /** Which record, from 1, as in `SourcePlace`; `undefined` where it is none in particular. */
  readonly row: number | undefined;
  /** Bytes from the start, as in `SourcePlace`. */
  readonly byteOffset: number;

  /** `message` goes before the place. */
  constructor(message: string, { source, row, byteOffset }: SourcePlace, options: BabblebrookErrorOptions = {}) {
    super(`${message}, at ${row === undefined ? '' : `record ${row}, `}byte ${byteOffset}`, options);
    this.source = source;
    this.row = row;
    this.byteOffset = byteOffset;
  }
}

/** A text source holds bytes that are not UTF-8. */
export class EncodingError extends BabblebrookError {
  /** Where the text came from: a path, or the position of the source in a list. */
  readonly source: string;
  /** Offset in bytes, from the start of the source, of the first byte that cannot be decoded. */
  readonly byteOffset: number;

  constructor(source: string, byteOffset: number) {
    super(`Expected ${source} to be UTF-8 text, got an invalid byte sequence at byte ${byteOffset}`);
    this.source = source;
    this.byteOffset = byteOffset;
  }
}

/** An operator inside a pipeline emitted, completed or failed outside the feeding of a chunk. */
export class AsynchronousOperatorError extends BabblebrookError {}

/** A saved model, tokenizer or run directory cannot be read: it is missing, truncated, or not what it should be. */
export class FileFormatError extends BabblebrookError {}

/** A file cannot be written: its directory is gone, the disk is full, or it may not be written to. */
export class FileWriteError extends BabblebrookError {}

/** A directory belongs to another training that is running. */
export class DirectoryInUseError extends BabblebrookError {}

/** No backend, or not the one that was asked for, can be used on this machine. */
export class BackendError extends BabblebrookError {}

/** A loss or gradient stopped being a finite number. */
export class NonFiniteError extends BabblebrookError {}

/** A training step was inspected, or asked for its state, too late. */
export class InspectionError extends BabblebrookError {}

/** A worker thread of a training failed, ended, or did not answer in time. */
export class WorkerError extends BabblebrookError {}

/** A package that only some need is not installed. */
export class MissingPackageError extends BabblebrookError {}

/** A cluster cannot be used: its server is not there, too old or full, or what it holds is of another job. */
export class ClusterError extends BabblebrookError {}

/** The error for a value that cannot be used: `Expected clipNorm to be a positive number, got -1 (number)`. */
export function invalid(name: string, expectation: string, value: unknown): InvalidArgumentError {
  return new InvalidArgumentError(`Expected ${name} to be ${expectation}, got ${describe(value)}`, { options: [name] });
}

/** A value as errors show it: short, with its type. */
export function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'string')
    return `${JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}…` : value)} (string)`;
  // Not `value.constructor`: an object that came from a file may have anything there.
  if (typeof value === 'object') return `an instance of ${Object.getPrototypeOf(value)?.constructor?.name || 'Object'}`;
  if (typeof value === 'function') return `a function`;
  return `${String(value)} (${typeof value})`;
}

/** What a number must be; bounds are inclusive, `above` and `below` are not. */
export interface NumberRule {
  integer?: boolean | undefined;
  min?: number | undefined;
  max?: number | undefined;
  above?: number | undefined;
  below?: number | undefined;
}

/**
 * Checks a number and returns it.
 * @throws {InvalidArgumentError} when it is not a finite number that the rule allows.
 */
export function checkNumber(name: string, value: unknown, rule: NumberRule = {}): number {
  const { integer = false, min = -Infinity, max = Infinity, above = -Infinity, below = Infinity } = rule;
  if (
    typeof value === 'number' &&
    (integer ? Number.isSafeInteger(value) : Number.isFinite(value)) &&
    value >= min &&
    value <= max &&
    value > above &&
    value < below
  )
    return value;
  throw invalid(name, ruleInWords(rule), value);
}

/**
 * Checks that a value is one of the allowed ones and returns it.
 * @throws {InvalidArgumentError} when it is not.
 */
export function checkOneOf<const T>(name: string, value: unknown, allowed: readonly T[]): T {
  const found = allowed.find((candidate) => candidate === value);
  if (found === undefined) throw invalid(name, `one of ${allowed.join(', ')}`, value);
  return found;
}

/**
 * Checks that a value is a string and returns it.
 * @throws {InvalidArgumentError} when it is not.
 */
export function checkString(name: string, value: unknown): string {
  if (typeof value === 'string') return value;
  throw invalid(name, 'a string', value);
}

/**
 * Checks that a value can be the path of a directory and returns it.
 * @throws {InvalidArgumentError} when it is not a string, empty, or holds a null character.
 */
export function checkDirectoryPath(name: string, value: unknown): string {
  return checkPath(name, 'the path of a directory', value);
}

/**
 * Checks that a value can be the path of a file and returns it.
 * @throws {InvalidArgumentError} when it is not a string, empty, or holds a null character.
 */
export function checkFilePath(name: string, value: unknown): string {
  return checkPath(name, 'the path of a file', value);
}

function checkPath(name: string, expectation: string, value: unknown): string {
  if (typeof value === 'string' && value !== '' && !value.includes('\0')) return value;
  throw invalid(name, expectation, value);
}

/**
 * Checks that a value is a function and returns it.
 * @throws {InvalidArgumentError} when it is not.
 */
export function checkFunction<T>(name: string, value: T): T {
  if (typeof value === 'function') return value;
  throw invalid(name, 'a function', value);
}

/**
 * Checks that a value is an object that can be iterated, synchronously or not, and returns it. A string is none: it would
 * give its characters, and is most likely a path or a text.
 * @throws {InvalidArgumentError} when it is not.
 */
export function checkIterable<T>(name: string, expectation: string, value: T): T {
  const methods =
    typeof value === 'object' && value !== null ? (value as Partial<AsyncIterable<unknown> & Iterable<unknown>>) : {};
  const method = methods[Symbol.asyncIterator] ?? methods[Symbol.iterator];
  if (typeof method === 'function') return value;
  throw invalid(name, expectation, value);
}

/**
 * Checks that an option is an `AbortSignal`, or none, and returns it.
 * @throws {InvalidArgumentError} when it is not.
 */
export function checkSignal(signal: AbortSignal | undefined): AbortSignal | undefined {
  if (signal === undefined || signal instanceof AbortSignal) return signal;
  throw invalid('signal', 'an AbortSignal', signal);
}

function ruleInWords({ integer, min, max, above, below }: NumberRule): string {
  const noun = integer ? 'an integer' : 'a number';
  const bounds = [
    above !== undefined && `above ${above}`,
    min !== undefined && `of at least ${min}`,
    below !== undefined && `below ${below}`,
    max !== undefined && `of at most ${max}`,
  ].filter((bound) => bound !== false);
  return bounds.length === 0 ? `${noun} that is finite` : `${noun} ${bounds.join(' and ')}`;
}
