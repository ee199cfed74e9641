import { createHash, type Hash } from 'node:crypto';
import { SourceError } from '../errors.js';
import type { ByteSource } from './ByteSource.js';
import type { NamedFormat } from './formats.js';
import { rowGroups } from './parquet.js';
import type { SourcePart } from './SourcePart.js';

const NEW_LINE = 10;
const BLANKS: readonly (number | undefined)[] = [9, 13, 32];
/** The end of a Parquet file that tells it from others. */
const FOOTER = 2 ** 16;

/** Options of `cutSource`. */
export interface CutOptions {
  /** Bytes that a part has at least, but for the last one. */
  readonly bytes: number;
  /** What holds the text of records. */
  readonly field?: string | undefined;
}

/**
 * Cuts a source into parts that can be read by themselves, one behind the other: the same cuts each time. Text is cut at the first blank
 * line behind `bytes`, so that no sentence is cut in two, or, where none comes within as many bytes again, at the end of a line; JSON lines at the
 * end of one; CSV and TSV between records; Parquet between row groups. What is packed, of an unknown format, or on a server
 * that sends no parts, is one part.
 *
 *     'A line.\n\nAnother.\n', { bytes: 3 } ──▶ { start: 0, end: 9, … }, { start: 9, end: 18, … }
 *
 * @throws {SourceError} (while reading) when the source cannot be read.
 */
export function cutSource(
  source: ByteSource,
  format: NamedFormat,
  { bytes, field }: CutOptions,
): AsyncIterable<SourcePart> {
  return {
    async *[Symbol.asyncIterator]() {
      const cut = format.cut && (await sendsParts(source)) ? format.cut : undefined;
      if (cut === 'lines') yield* cutLines(source, bytes, format.records ? bytes : 2 * bytes);
      else if (cut === 'records') yield* cutRecords(source, format.records, bytes, field ?? '');
      else if (cut === 'rowGroups') yield* cutRows(source, bytes);
      else yield* cutNowhere(source);
    },
  };
}

async function sendsParts({ parts }: ByteSource): Promise<boolean> {
  try {
    await parts?.read(0, 1);
    return parts !== undefined;
  } catch (error) {
    // What cannot be read at all is told when all of it is.
    if (error instanceof SourceError) return false;
    throw error;
  }
}

/** Cuts behind blank lines from `least` bytes on, and behind any line from `most` on. */
async function* cutLines(source: ByteSource, least: number, most: number): AsyncGenerator<SourcePart> {
  let [start, position] = [0, 0];
  let hash = createHash('sha256');
  let isBlank = true;
  for await (const chunk of source) {
    let taken = 0;
    let at = 0;
    // Far from a place to cut at, nothing need be looked at.
    while (at < chunk.length) {
      if (position + at - start < least - 1) {
        const next = Math.min(chunk.length, start + least - 1 - position);
        // The line that the place is in may have begun before it.
        const line = chunk.lastIndexOf(NEW_LINE, next - 1);
        const from = line < at ? at : line + 1;
        isBlank = (line < at ? isBlank : true) && isBlankBetween(chunk, from, next);
        at = next;
        continue;
      }
      const end = chunk.indexOf(NEW_LINE, at);
      isBlank &&= isBlankBetween(chunk, at, end < 0 ? chunk.length : end);
      if (end < 0) break;
      at = end + 1;
      if (isBlank || position + at - start >= most) {
        hash.update(chunk.subarray(taken, at));
        yield bytesFrom(start, position + at, 0, hash);
        hash = createHash('sha256');
        start = position + at;
        taken = at;
      }
      isBlank = true;
    }
    hash.update(chunk.subarray(taken));
    position += chunk.length;
  }
  if (position > start) yield bytesFrom(start, position, 0, hash);
}

function isBlankBetween(chunk: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (!BLANKS.includes(chunk[at])) return false;
  return true;
}

/** Cuts at the first record that begins `bytes` behind the last cut; a second reading gives the checksums. */
async function* cutRecords(
  source: ByteSource,
  records: NamedFormat['records'],
  bytes: number,
  field: string,
): AsyncGenerator<SourcePart> {
  const cuts: number[] = [];
  let last: number | undefined;
  let head = 0;
  for await (const { byteOffset } of records?.(source, field) ?? []) {
    if (last === undefined) head = byteOffset;
    last ??= byteOffset;
    if (byteOffset - last < bytes) continue;
    cuts.push(byteOffset);
    last = byteOffset;
  }
  // Not even a record.
  if (last === undefined) return;
  let start = head;
  let position = 0;
  let hash = createHash('sha256');
  for await (const chunk of source) {
    let taken = Math.min(chunk.length, Math.max(0, head - position));
    for (let cut = cuts[0]; cut !== undefined && cut <= position + chunk.length; cut = cuts[0]) {
      hash.update(chunk.subarray(taken, cut - position));
      yield bytesFrom(start, cut, head, hash);
      hash = createHash('sha256');
      taken = cut - position;
      start = cut;
      cuts.shift();
    }
    hash.update(chunk.subarray(taken));
    position += chunk.length;
  }
  if (position > start) yield bytesFrom(start, position, head, hash);
}

async function* cutRows(source: ByteSource, bytes: number): AsyncGenerator<SourcePart> {
  const sha256 = await footerSha256(source);
  let [start, end, size] = [0, 0, 0];
  for (const group of await rowGroups(source)) {
    end += group.rows;
    size += group.bytes;
    if (size < bytes) continue;
    yield { unit: 'rows', start, end, head: 0, sha256 };
    [start, size] = [end, 0];
  }
  if (end > start) yield { unit: 'rows', start, end, head: 0, sha256 };
}

async function* cutNowhere(source: ByteSource): AsyncGenerator<SourcePart> {
  const hash = createHash('sha256');
  let end = 0;
  for await (const chunk of source) {
    hash.update(chunk);
    end += chunk.length;
  }
  if (end > 0) yield { unit: 'whole', start: 0, end, head: 0, sha256: hash.digest('hex') };
}

/** The SHA-256 of the end of a file, where Parquet has its table of contents. */
export async function footerSha256({ parts }: ByteSource): Promise<string> {
  const size = (await parts?.size()) ?? 0;
  const footer = await parts?.read(Math.max(0, size - FOOTER), size);
  return createHash('sha256')
    .update(`${size}\n`)
    .update(footer ?? '')
    .digest('hex');
}

function bytesFrom(start: number, end: number, head: number, hash: Hash): SourcePart {
  return { unit: 'bytes', start, end, head, sha256: hash.digest('hex') };
}
