import * as zlib from 'node:zlib';
import type { AsyncBuffer, Compressors, FileMetaData } from 'hyparquet';
import { BabblebrookError, SourceError, SourceFormatError, type SourcePlace } from '../errors.js';
import type { ByteParts, ByteSource } from './ByteSource.js';
import type { RowRange } from './Format.js';
import { loadPackage } from './loadPackage.js';
import type { SourceRecord } from './SourceRecord.js';

/** A mark that begins a value is a character of it. */
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** One column of a Parquet file, row group by row group; of some rows, the row groups that begin among them. */
export async function* parquet(
  source: ByteSource,
  field: string,
  { from, to }: RowRange = { from: 0, to: Infinity },
): AsyncGenerator<SourceRecord> {
  const { name } = source;
  const { parquetRead } = await load();
  const { file, metadata } = await contents(source);
  checkColumn(metadata, name, field);
  const compressors = await compressorsOf(metadata);
  let rowStart = 0;
  for (const group of metadata.row_groups) {
    const rowEnd = rowStart + Number(group.num_rows);
    if (rowStart < from || rowStart >= to) {
      rowStart = rowEnd;
      continue;
    }
    const chunk = group.columns.find(({ meta_data }) => meta_data?.path_in_schema[0] === field)?.meta_data;
    const byteOffset = Number(chunk?.dictionary_page_offset ?? chunk?.data_page_offset ?? 0);
    const place = { source: name, row: rowStart + 1, byteOffset };
    const pages = await reading(source, place, async () => {
      const pages: ArrayLike<unknown>[] = [];
      await parquetRead({
        ...{ file, metadata, columns: [field], rowStart, rowEnd, compressors },
        parsers: { stringFromBytes: textOrBytes },
        onChunk: ({ columnData }) => void pages.push(columnData),
      });
      const count = pages.reduce((sum, { length }) => sum + length, 0);
      if (count !== rowEnd - rowStart) throw new Error(`${count} of ${rowEnd - rowStart} rows are there`);
      return pages;
    });
    let row = rowStart;
    for (const page of pages)
      for (let index = 0; index < page.length; index++) {
        const value = page[index];
        yield value instanceof Uint8Array
          ? { row: ++row, byteOffset, problem: 'bytes that are not UTF-8' }
          : { row: ++row, byteOffset, fields: { [field]: value } };
      }
    rowStart = rowEnd;
  }
}

/** The row groups of a Parquet file: rows, and bytes once unpacked. */
export async function rowGroups(source: ByteSource): Promise<{ readonly rows: number; readonly bytes: number }[]> {
  const { metadata } = await contents(source);
  return metadata.row_groups.map(({ num_rows, total_byte_size }) => ({
    ...{ rows: Number(num_rows), bytes: Number(total_byte_size) },
  }));
}

function load(): Promise<typeof import('hyparquet')> {
  return loadPackage('hyparquet', 'Parquet,', () => import('hyparquet'));
}

/** A file, and its table of contents. */
async function contents(source: ByteSource): Promise<{ readonly file: AsyncBuffer; readonly metadata: FileMetaData }> {
  const { name, parts } = source;
  if (!parts)
    throw new SourceError(
      `Expected ${name} to be a file, or on a server that sends parts of it, since Parquet has its table of contents at the end; got a stream or something packed`,
    );
  const { parquetMetadataAsync } = await load();
  const file = await asyncBuffer(parts);
  const whole = { source: name, byteOffset: file.byteLength };
  return { file, metadata: await reading(source, whole, () => parquetMetadataAsync(file)) };
}

async function asyncBuffer(parts: ByteParts): Promise<AsyncBuffer> {
  const byteLength = await parts.size();
  return {
    byteLength,
    async slice(start, end = byteLength) {
      const { buffer, byteOffset, byteLength } = await parts.read(start, end);
      return buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
    },
  };
}

/** Reads, and tells of what fails as of a damaged file, unless the file was changed or cannot be read. */
async function reading<T>(source: ByteSource, place: SourcePlace, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof BabblebrookError) throw error;
    await source.check();
    const reason = error instanceof Error ? error.message : String(error);
    throw new SourceFormatError(`Expected ${source.name} to be a Parquet file: ${reason}`, place, { cause: error });
  }
}

function checkColumn({ schema }: FileMetaData, source: string, field: string): void {
  const [root, ...others] = schema;
  if (root && others.some(({ name }) => name === field)) return;
  const names = others.map(({ name }) => JSON.stringify(name)).join(', ');
  throw new SourceFormatError(`Expected ${source} to have a column ${JSON.stringify(field)}, got ${names}`, {
    ...{ source, byteOffset: 0 },
  });
}

/** The text, or what is none. */
function textOrBytes(bytes: Uint8Array): string | Uint8Array {
  try {
    return decoder.decode(bytes);
  } catch {
    return bytes;
  }
}

/** What unpacks pages; hyparquet has Snappy itself. */
async function compressorsOf({ row_groups }: FileMetaData): Promise<Compressors> {
  const { zstdDecompressSync } = zlib as { zstdDecompressSync?: (bytes: Uint8Array) => Uint8Array };
  const usesZstd = row_groups.some(({ columns }) => columns.some(({ meta_data }) => meta_data?.codec === 'ZSTD'));
  const load = () => import('fzstd');
  const what = 'Zstandard, which Node has from 22.15 on,';
  const ZSTD = usesZstd ? (zstdDecompressSync ?? (await loadPackage('fzstd', what, load)).decompress) : undefined;
  return {
    GZIP: (bytes, maxOutputLength) => zlib.gunzipSync(bytes, { maxOutputLength }),
    BROTLI: (bytes, maxOutputLength) => zlib.brotliDecompressSync(bytes, { maxOutputLength }),
    ...(ZSTD && { ZSTD: (bytes: Uint8Array) => ZSTD(bytes) }),
  };
}
