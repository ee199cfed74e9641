import { FileFormatError } from '../errors.js';

/**
 * Parses a JSON object.
 * @throws {FileFormatError} when it is none; `file` says where it stands.
 */
export function parseLine(text: string, file: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  } catch {
    // Told below.
  }
  throw new FileFormatError(`Expected ${file} to hold JSON objects, got ${text.slice(0, 60)}`);
}
