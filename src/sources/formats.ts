import { checkFunction, checkOneOf, checkString, invalid } from '../errors.js';
import { delimited } from './delimited.js';
import type { Format } from './Format.js';
import { gunzip } from './gunzip.js';
import { jsonLines } from './jsonLines.js';
import { parquet } from './parquet.js';
import { tabSeparated } from './tabSeparated.js';
import { unzstd } from './unzstd.js';

const PLAIN: Format = { cut: 'lines' };

/** The formats by the suffix, in small letters, of the names of files. Whatever else a name ends in is plain text. */
const formats = new Map<string, Format>([
  ['.txt', PLAIN],
  ['.gz', { unpack: gunzip }],
  ['.zst', { unpack: unzstd }],
  ['.jsonl', { records: jsonLines, cut: 'lines' }],
  ['.ndjson', { records: jsonLines, cut: 'lines' }],
  ['.csv', { records: delimited, cut: 'records' }],
  ['.tsv', { records: tabSeparated, cut: 'records' }],
  ['.parquet', { records: parquet, cut: 'rowGroups' }],
]);

/**
 * Teaches all readers how files of a suffix are read, or to read those of a known one in another way.
 *
 *     registerFormat('.bz2', { unpack: bunzip2 });                       // an async generator of bytes from bytes
 *     readText('books.jsonl.bz2', { field: 'text' });
 *
 * @throws {InvalidArgumentError} when the suffix is no dot with what follows it, or the format is none.
 */
export function registerFormat(suffix: string, format: Format): void {
  if (!/^\.[^./\\]+$/.test(checkString('suffix', suffix))) throw invalid('suffix', "a suffix such as '.xml'", suffix);
  if (typeof format !== 'object' || format === null) throw invalid('format', 'an object', format);
  const { unpack, records, cut } = format;
  if (unpack !== undefined) checkFunction('format.unpack', unpack);
  if (records !== undefined) checkFunction('format.records', records);
  if (unpack && records) throw invalid('format', 'one that either unpacks or gives records', format);
  if (cut !== undefined) checkOneOf('format.cut', cut, ['lines', 'records', 'rowGroups']);
  formats.set(suffix.toLowerCase(), { unpack, records, cut });
}

/** What a name says of how its content is read. */
export interface NamedFormat {
  /** What unpacks it, in this order. */
  readonly unpack: readonly NonNullable<Format['unpack']>[];
  /** What gives its records; `undefined` of plain text. */
  readonly records: Format['records'];
  /** The suffix of what is unpacked; `undefined` where none is known. */
  readonly suffix: string | undefined;
  /** How it is cut into pieces; `undefined` where it is not. */
  readonly cut: Format['cut'];
}

/**
 * The format that the suffixes of a name say.
 *
 *     'data.jsonl.gz' ──▶ { unpack: [gunzip], records: jsonLines, suffix: '.jsonl' }
 *
 * @param content the suffix that stands for what is unpacked, whatever the name says
 */
export function formatOf(name: string, content?: string): NamedFormat {
  const unpack: NonNullable<Format['unpack']>[] = [];
  for (let rest = name.toLowerCase(); ; ) {
    const [suffix = ''] = /\.[^./\\]+$/.exec(rest) ?? [];
    const format = formats.get(suffix);
    if (format?.unpack) {
      unpack.push(format.unpack);
      rest = rest.slice(0, -suffix.length);
      continue;
    }
    const last = content ?? (format && suffix);
    const read = last === undefined ? PLAIN : formats.get(last);
    // What is packed can be read from its beginning only.
    return { unpack, records: read?.records, suffix: last, cut: unpack.length > 0 ? undefined : read?.cut };
  }
}

/**
 * Checks that an option is the suffix of plain text or of records, such as `'.jsonl'`, or not given, and returns it.
 * @throws {InvalidArgumentError} when it is not.
 */
export function checkContent(name: string, suffix: unknown): string | undefined {
  if (suffix === undefined) return undefined;
  const known = [...formats].filter(([, { unpack }]) => !unpack).map(([known]) => known);
  const found = known.find((one) => one === suffix);
  if (found === undefined) throw invalid(name, `one of ${known.join(', ')}`, suffix);
  return found;
}
