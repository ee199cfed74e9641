import { SourceFormatError } from '../errors.js';
import type { SourceRecord } from './SourceRecord.js';

/**
 * The text of a record, with `\n` as the only line end.
 * @throws {SourceFormatError} when it has none.
 */
export function textOfRecord(
  { row, byteOffset, fields, problem }: SourceRecord,
  field: string,
  source: string,
): string {
  const value = fields && Object.hasOwn(fields, field) ? fields[field] : undefined;
  if (typeof value === 'string') return value.includes('\r') ? value.replace(/\r\n?/g, '\n') : value;
  const name = JSON.stringify(field);
  throw new SourceFormatError(
    `Expected ${source} to hold records with a string ${name}, got ${problem ?? inWords(value, fields ?? {})}`,
    {
      ...{ source, row, byteOffset },
    },
  );
}

function inWords(value: unknown, fields: Readonly<Record<string, unknown>>): string {
  if (value === null) return 'null';
  if (value !== undefined) return Array.isArray(value) ? 'an array' : `a value of type ${typeof value}`;
  const names = Object.keys(fields).slice(0, 10);
  return names.length === 0
    ? 'an empty record'
    : `one that has ${names.map((name) => JSON.stringify(name)).join(', ')}`;
}
