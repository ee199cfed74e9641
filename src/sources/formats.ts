import { checkFunction, checkString, invalid } from '../errors.js';
import { delimited } from './delimited.js';
import type { Format } from './Format.js';
import { gunzip } from './gunzip.js';
import { jsonLines } from './jsonLines.js';
import { parquet } from './parquet.js';
import { tabSeparated } from './tabSeparated.js';
import { unzstd } from './unzstd.js';

/** The formats by the suffix, in small letters, of the names of files. Whatever else a name ends in is plain text. */
const formats = new Map<string, Format>([
  ['.txt', {}],
  ['.gz', { unpack: gunzip }],
  ['.zst', { unpack: unzstd }],
  ['.jsonl', { records: jsonLines }],
  ['.ndjson', { records: jsonLines }],
  ['.csv', { records: delimited }],
  ['.tsv', { records: tabSeparated }],
  ['.parquet', { records: parquet }],
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
  const { unpack, records } = format;
  if (unpack !== undefined) checkFunction('format.unpack', unpack);
  if (records !== undefined) checkFunction('format.records', records);
  if (unpack && records) throw invalid('format', 'one that either unpacks or gives records', format);
  formats.set(suffix.toLowerCase(), { unpack, records });
}

/** What a name says of how its content is read. */
export interface NamedFormat {
  /** What unpacks it, in this order. */
  readonly unpack: readonly NonNullable<Format['unpack']>[];
  /** What gives its records; `undefined` of plain text. */
  readonly records: Format['records'];
  /** The suffix of what is unpacked; `undefined` where none is known. */
  readonly suffix: string | undefined;
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
    return { unpack, records: last === undefined ? undefined : formats.get(last)?.records, suffix: last };
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
