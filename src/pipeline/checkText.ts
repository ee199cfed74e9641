import { describe, SourceError } from '../errors.js';

/**
 * Returns what an operator on text was given, where it is text.
 * @throws {SourceError} when it is not: the source gives bytes, say.
 */
export function checkText(operator: string, value: unknown): string {
  if (typeof value === 'string') return value;
  const advice = value instanceof Uint8Array ? 'makes text of bytes' : 'reads text from files and streams';
  throw new SourceError(
    `Expected ${operator}() to be given strings, got ${describe(value)}. pipeline(readText(source), …) ${advice}`,
  );
}
