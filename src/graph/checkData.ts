import { BabblebrookError, CellError, checkNumber, checkString, invalid } from '../errors.js';

const NAME = /^[\p{L}_][\p{L}\p{N}_]*$/u;
const MAX_NAME = 100;
const LARGEST_FLOAT = 2 ** 128 - 2 ** 104;

/**
 * Checks that files and objects can have something under a name, and returns it.
 * @throws {BabblebrookError} when they cannot.
 */
export function checkName(name: unknown): string {
  const text = checkString('a name', name);
  // What every object has would be found where nothing is.
  if (NAME.test(text) && text.length <= MAX_NAME && !(text in {})) return text;
  throw new CellError(`Expected a name of at most ${MAX_NAME} letters, digits and _, got ${short(text)}`);
}

/**
 * Checks that a value is an object, with these members and no others where they are given, and returns it.
 * @throws {BabblebrookError} when it is not.
 */
export function checkObject(what: string, value: unknown, names?: readonly string[]): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(what, 'an object', value);
  const missing = names?.find((name) => !Object.hasOwn(value, name));
  if (missing !== undefined) throw new CellError(`Expected ${what} to have ${missing}, got none`);
  const other = names && Object.keys(value).find((name) => !names.includes(name));
  if (other !== undefined) throw new CellError(`Expected ${what} to have no ${short(other)}, got one`);
  return value as Record<string, unknown>;
}

/**
 * Checks that a value is a list of so many, and returns it.
 * @throws {BabblebrookError} when it is not.
 */
export function checkList(what: string, value: unknown, { min, max }: { min: number; max: number }): unknown[] {
  if (!Array.isArray(value)) throw invalid(what, 'a list', value);
  if (value.length >= min && value.length <= max) return value;
  throw new CellError(`Expected ${what} to be ${min === max ? min : `${min} to ${max}`}, got ${value.length}`);
}

/**
 * Checks that a value is a number that float32 can hold, and returns it.
 * @throws {BabblebrookError} when it is not.
 */
export function checkFloat(what: string, value: unknown): number {
  return checkNumber(what, value, { min: -LARGEST_FLOAT, max: LARGEST_FLOAT });
}

/** Says in which part of the data an error is. */
export function within<T>(what: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof BabblebrookError)) throw error;
    throw new CellError(`${what}: ${error.message}`, { cause: error });
  }
}

function short(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}…` : text);
}
