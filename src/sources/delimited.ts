import { Readable } from 'node:stream';
import { SourceFormatError } from '../errors.js';
import type { ByteSource } from './ByteSource.js';
import { loadPackage } from './loadPackage.js';
import type { SourceRecord } from './SourceRecord.js';

/** A longer record, such as one whose quote nobody closes, is none: it would have to be in memory as a whole. */
const MOST_CHARACTERS = 2 ** 28;
/** A mark that begins a value is a character of it. */
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The records of CSV, as RFC 4180 and its users have it: a header, values parted by commas, in quotes where they hold one, a quote
 * or a line end. Behind a quote that is wrong nobody knows where records begin, so the rest is an error as a whole.
 */
export async function* delimited(source: ByteSource, field: string): AsyncGenerator<SourceRecord> {
  const { parse } = await loadPackage('csv-parse', 'CSV,', () => import('csv-parse'));
  let failure: { readonly error: Error; readonly records: number } | undefined;
  const parser = parse({
    ...{ info: true, relax_column_count: true, skip_empty_lines: true },
    ...{ encoding: null, max_record_size: MOST_CHARACTERS },
    // An error of the stream would drop the records before it that nobody has read yet.
    skip_records_with_error: true,
    on_skip(error) {
      if (error) failure ??= { error, records: Number(error['records']) };
      return undefined;
    },
  });
  const feed = new Feed(source);
  // A stream that reads one chunk ahead, not sixteen.
  const bytes = Readable.from(feed, { highWaterMark: 1 });
  bytes.pipe(parser);
  let header: readonly string[] | undefined;
  let byteOffset = 0;
  try {
    for await (const { record, info } of parser as AsyncIterable<Parsed>) {
      if ((failure && info.records > failure.records) || feed.isCut(info.bytes)) break;
      if (header) yield recordOf(record, header, field, { row: info.records - 1, byteOffset });
      else header = headerOf(record, source.name, field);
      byteOffset = feed.marked + info.bytes;
    }
  } finally {
    bytes.destroy();
  }
  if (feed.failure) throw feed.failure.error;
  if (failure) throw broken(source, failure, byteOffset);
}

const MARK = Buffer.from('\ufeff');

/** The bytes that are parsed: without a byte-order mark, which csv-parse would take for the wish to decode, and up to an error. */
class Feed implements AsyncIterable<Uint8Array> {
  /** How many bytes a mark took. */
  marked = 0;
  /** What ended the bytes; an error of a stream would drop the records before it that nobody has read yet. */
  failure: { readonly error: unknown } | undefined;
  readonly #chunks: AsyncIterable<Uint8Array>;
  #length = 0;
  #last: number | undefined;

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for await (const chunk of withoutMark(this.#chunks)) {
        if (this.#length === 0) this.marked = chunk.marked;
        this.#length += chunk.bytes.length;
        this.#last = chunk.bytes.at(-1) ?? this.#last;
        yield chunk.bytes;
      }
    } catch (error) {
      this.failure = { error };
    }
  }

  /** Whether a record that ends at a place was cut by what ended the bytes. */
  isCut(end: number): boolean {
    return this.failure !== undefined && end >= this.#length && this.#last !== 10 && this.#last !== 13;
  }
}

async function* withoutMark(chunks: AsyncIterable<Uint8Array>) {
  let held: Uint8Array | undefined = new Uint8Array(0);
  for await (const chunk of chunks) {
    if (!held) {
      yield { bytes: chunk, marked: 0 };
      continue;
    }
    held = Buffer.concat([held, chunk]);
    if (held.length < MARK.length) continue;
    const marked = MARK.equals(held.subarray(0, MARK.length)) ? MARK.length : 0;
    yield { bytes: held.subarray(marked), marked };
    held = undefined;
  }
  if (held) yield { bytes: held, marked: 0 };
}

interface Parsed {
  readonly record: readonly Uint8Array[];
  readonly info: { readonly records: number; readonly bytes: number };
}

/** The names of columns, among which the field must be. */
export function headerOf(record: readonly Uint8Array[], source: string, field: string): readonly string[] {
  const header = record.map((name) => text(name) ?? '');
  if (header.includes(field)) return header;
  throw new SourceFormatError(
    `Expected ${source} to have a column ${JSON.stringify(field)}, got ${header.map((name) => JSON.stringify(name)).join(', ')}`,
    { source, byteOffset: 0 },
  );
}

/** A row as a record, or what is wrong with it. */
export function recordOf(
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

/** What is wrong, by the code of csv-parse, whose messages show options as Buffers. */
const PROBLEMS: Readonly<Record<string, string>> = {
  CSV_INVALID_CLOSING_QUOTE: 'a value goes on behind the quote that closes it',
  INVALID_OPENING_QUOTE: 'a quote is within a value that does not begin with one',
  CSV_QUOTE_NOT_CLOSED: 'a quote is not closed',
  CSV_MAX_RECORD_SIZE: `a record has more than ${MOST_CHARACTERS} characters`,
};

function broken(
  { name }: ByteSource,
  { error, records }: { readonly error: Error; readonly records: number },
  byteOffset: number,
): SourceFormatError {
  const code = 'code' in error ? String(error.code) : error.name;
  const place = { source: name, row: Math.max(1, records), byteOffset };
  return new SourceFormatError(`Expected ${name} to be CSV: ${PROBLEMS[code] ?? code}`, place, { cause: error });
}
