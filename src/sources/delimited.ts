import { SourceFormatError } from '../errors.js';
import type { ByteSource } from './ByteSource.js';
import type { Format } from './Format.js';
import { chunkwise } from './gunzip.js';
import { loadPackage } from './loadPackage.js';
import type { SourceRecord } from './SourceRecord.js';

/** A longer record, such as one whose quote nobody closes, is none: it would have to be in memory as a whole. */
const MOST_CHARACTERS = 2 ** 28;
const decoder = new TextDecoder('utf-8', { fatal: true });

/**
 * The records of CSV, as RFC 4180 and its users have it: a header, values parted by `delimiter`, in quotes where they hold one, a quote
 * or a line end. Behind a quote that is wrong nobody knows where records begin, so the rest is an error as a whole.
 */
export function delimited(delimiter: ',' | '\t'): NonNullable<Format['records']> {
  return async function* (source, field) {
    const { parse } = await loadPackage('csv-parse', 'CSV and TSV,', () => import('csv-parse'));
    let failure: { readonly error: Error; readonly records: number } | undefined;
    const parser = parse({
      ...{ delimiter, info: true, relax_column_count: true, skip_empty_lines: true },
      ...{ encoding: null, max_record_size: MOST_CHARACTERS },
      // An error of the stream would drop the records before it that nobody has read yet.
      skip_records_with_error: true,
      on_skip(error) {
        if (error) failure ??= { error, records: Number(error['records']) };
        return undefined;
      },
    });
    const marked = { bytes: 0 };
    const bytes = chunkwise(withoutMark(source, marked));
    bytes.on('error', (error) => parser.destroy(error));
    bytes.pipe(parser);
    let header: readonly string[] | undefined;
    let byteOffset = 0;
    try {
      for await (const { record, info } of parser as AsyncIterable<Parsed>) {
        if (failure && info.records > failure.records) break;
        if (header) yield recordOf(record, header, field, { row: info.records - 1, byteOffset });
        else header = headerOf(record, source.name, field);
        byteOffset = marked.bytes + info.bytes;
      }
    } finally {
      bytes.destroy();
    }
    if (failure) throw broken(source, failure, byteOffset);
  };
}

const MARK = Buffer.from('\ufeff');

/** Leaves out a byte-order mark; csv-parse would take it for the wish to decode. */
async function* withoutMark(chunks: AsyncIterable<Uint8Array>, marked: { bytes: number }): AsyncGenerator<Uint8Array> {
  let held: Uint8Array | undefined = new Uint8Array(0);
  for await (const chunk of chunks) {
    if (!held) {
      yield chunk;
      continue;
    }
    held = Buffer.concat([held, chunk]);
    if (held.length < MARK.length) continue;
    if (MARK.equals(held.subarray(0, MARK.length))) marked.bytes = MARK.length;
    yield held.subarray(marked.bytes);
    held = undefined;
  }
  if (held) yield held;
}

interface Parsed {
  readonly record: readonly Uint8Array[];
  readonly info: { readonly records: number; readonly bytes: number };
}

function headerOf(record: readonly Uint8Array[], source: string, field: string): readonly string[] {
  const header = record.map((name) => text(name) ?? '');
  if (header.includes(field)) return header;
  throw new SourceFormatError(
    `Expected ${source} to have a column ${JSON.stringify(field)}, got ${header.map((name) => JSON.stringify(name)).join(', ')}`,
    { source, byteOffset: 0 },
  );
}

function recordOf(
  record: readonly Uint8Array[],
  header: readonly string[],
  field: string,
  place: { readonly row: number; readonly byteOffset: number },
): SourceRecord {
  if (record.length !== header.length)
    return { ...place, problem: `${record.length} values for ${header.length} columns` };
  const value = text(record[header.indexOf(field)]);
  if (value === undefined) return { ...place, problem: 'bytes that are not UTF-8' };
  return { ...place, fields: { [field]: value } };
}

function text(bytes: Uint8Array | undefined): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

function broken(
  { name }: ByteSource,
  { error, records }: { readonly error: Error; readonly records: number },
  byteOffset: number,
): SourceFormatError {
  const reason = error.message.charAt(0).toLowerCase() + error.message.slice(1);
  const place = { source: name, row: Math.max(1, records), byteOffset };
  return new SourceFormatError(`Expected ${name} to be CSV: ${reason}`, place, { cause: error });
}
