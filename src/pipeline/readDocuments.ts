import { InvalidArgumentError, SourceFormatError } from '../errors.js';
import { asBytes } from '../sources/asBytes.js';
import type { RowRange } from '../sources/Format.js';
import { formatOf } from '../sources/formats.js';
import { checkRecordOptions, type RecordOptions } from '../sources/RecordOptions.js';
import type { SourceRecord } from '../sources/SourceRecord.js';
import { textOfRecord } from '../sources/textOfRecord.js';
import { decodeText } from './decodeText.js';
import { openText, type TextPieces, type TextSource } from './openText.js';

/** A piece of a document. */
export interface DocumentChunk {
  /** The next piece of its text, cut anywhere between two characters; perhaps empty. */
  readonly text: string;
  /** Whether the document ends behind it. */
  readonly end: boolean;
  /** Where the document comes from: a path or URL, or the position of the source in a list. */
  readonly source: string;
  /** Which record of the source it is, from 1; `undefined` where a source is one text. */
  readonly row: number | undefined;
}

/**
 * Reads documents, each file of text or each record one, as an async iterable of their pieces: one behind the other, the last of each with
 * `end`. It reads what `readText` reads, and as it does, but says where documents end.
 *
 *     readDocuments(['notes.txt', 'data.jsonl'], { field: 'text' })
 *     ──▶ { text: 'All of it.', end: false, source: 'notes.txt' }, { text: '', end: true, source: 'notes.txt' },
 *         { text: 'A record.', end: true, source: 'data.jsonl', row: 1 }, …
 *
 * @throws {InvalidArgumentError} when an option cannot be used; (while reading) when files hold records and `field` is not given, or the
 *   other way round.
 * @throws {SourceError} as `readText`.
 * @throws {EncodingError} (while reading) as `readText`.
 */
export function readDocuments(
  sources: TextSource | readonly TextSource[],
  options: RecordOptions = {},
): AsyncIterable<DocumentChunk> {
  checkRecordOptions(options);
  const list = Array.isArray(sources) ? (sources as readonly TextSource[]) : [sources as TextSource];
  const opened = list.map(openText);
  return {
    async *[Symbol.asyncIterator]() {
      for (const texts of opened) for await (const text of texts) yield* documentsOf(text, options);
    },
  };
}

/** The documents of one source, or, of a format that can read some rows, of these. */
export async function* documentsOf(
  { name, path, pieces }: TextPieces,
  options: RecordOptions,
  rows?: RowRange,
): AsyncGenerator<DocumentChunk> {
  const { field, format, onBad, stats = { badRecords: 0 } } = options;
  const { unpack, records, suffix } = formatOf(path, format);
  if (records && field === undefined) throw noField(name);
  if (!records && field !== undefined && suffix !== '.txt') throw noRecords(name);
  const isSkipped = (error: unknown): boolean => {
    if (onBad !== 'skip' || !(error instanceof SourceFormatError)) return false;
    stats.badRecords++;
    return true;
  };
  const source = 'parts' in pieces ? pieces : asBytes(name, pieces);
  const unpacked = unpack.reduce((packed, unpackOne) => asBytes(name, unpackOne(packed, name)), source);
  try {
    if (records && field !== undefined) yield* recordDocuments(records(unpacked, field, rows), field, name, isSkipped);
    // Text in pieces need not become bytes.
    else yield* piecesOf(decodeText(name, source === unpacked ? pieces : unpacked), name);
  } catch (error) {
    // What seems damaged may have been changed meanwhile.
    await source.check();
    if (!isSkipped(error)) throw error;
    // What there is of a text is a document.
    if (!records) yield { text: '', end: true, source: name, row: undefined };
  }
}

async function* piecesOf(chunks: AsyncIterable<string>, source: string): AsyncGenerator<DocumentChunk> {
  for await (const text of chunks) yield { text, end: false, source, row: undefined };
  yield { text: '', end: true, source, row: undefined };
}

async function* recordDocuments(
  records: AsyncIterable<SourceRecord>,
  field: string,
  source: string,
  isSkipped: (error: unknown) => boolean,
): AsyncGenerator<DocumentChunk> {
  for await (const record of records) {
    let text: string;
    try {
      text = textOfRecord(record, field, source);
    } catch (error) {
      if (!isSkipped(error)) throw error;
      continue;
    }
    yield { text, end: true, source, row: record.row };
  }
}

function noField(name: string): InvalidArgumentError {
  return new InvalidArgumentError(`Expected field to name what holds the text in the records of ${name}, got none`, {
    options: ['field'],
  });
}

function noRecords(name: string): InvalidArgumentError {
  return new InvalidArgumentError(
    `Expected no field for ${name}, whose name ends as that of no file of records (.jsonl, .csv, .tsv, .parquet), nor in .txt; format says what it holds`,
    { options: ['field'] },
  );
}
