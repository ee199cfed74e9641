import { Readable } from 'node:stream';
import { SourceError } from '../errors.js';
import type { ByteSource } from '../sources/ByteSource.js';
import { findFiles } from '../sources/findFiles.js';
import { readFile } from '../sources/readFile.js';
import { readUrl } from '../sources/readUrl.js';
import { unreadable } from '../sources/unreadable.js';
import { noSource } from './noSource.js';
import { pipeline } from './pipeline.js';

/**
 * A file's path or `file:` URL, a pattern that matches paths, an `http:` or `https:` URL, or text or UTF-8 bytes in pieces. How files and
 * URLs are read is said by the suffixes of their names: `.gz` and `.zst` are unpacked, `.jsonl`, `.csv`, `.tsv` and `.parquet` hold records.
 */
export type TextSource = string | URL | AsyncIterable<string | Uint8Array>;

/** A text, and what errors call it. */
export interface TextPieces {
  readonly name: string;
  /** What has the suffixes that say how it is read; empty where nothing has. */
  readonly path: string;
  readonly pieces: ByteSource | AsyncIterable<string | Uint8Array>;
}

/**
 * The texts that a source stands for, opened one by one as they are reached. `index` is its place in a list of sources.
 *
 *     openText('data/*.txt', 0) ──▶ { name: 'data/1.txt', pieces: … }, { name: 'data/2.txt', pieces: … }
 *
 * @throws {SourceError} when it is none, or a URL with a pattern; (while reading) when a pattern matches no file, or others than at first.
 */
export function openText(source: TextSource, index: number): AsyncIterable<TextPieces> | Iterable<TextPieces> {
  if (typeof source === 'string' && /^https?:\/\//i.test(source)) return [openUrl(source)];
  if (typeof source === 'string' && source !== '') return openFiles(source);
  if (source instanceof URL) {
    if (source.protocol === 'http:' || source.protocol === 'https:') return [openUrl(source.href)];
    if (source.protocol !== 'file:')
      throw new SourceError(
        `Expected a file:, http: or https: URL, got ${source.href}. For another one, pass what it holds as a stream.`,
      );
    return [{ name: source.href, path: source.pathname, pieces: readFile(source) }];
  }
  const name = isStandardInput(source) ? 'standard input' : `text source ${index}`;
  // As a pipeline, a stream or generator that was read before is an error, not an empty text.
  if (typeof source === 'object' && source !== null && Symbol.asyncIterator in source)
    return [{ name, path: '', pieces: isFileStream(source) ? readStream(name, source) : pipeline(source) }];
  throw noSource(`a path, a URL or an async iterable of strings or bytes as ${name}`, source);
}

function openUrl(text: string): TextPieces {
  if (!URL.canParse(text)) throw new SourceError(`Expected a URL, got ${text}`);
  const url = new URL(text);
  // Behind the host, which may be an address in brackets, and before the query.
  const [path = ''] = /^[^/]*\/\/[^/]*([^?#]*)/.exec(text)?.slice(1) ?? [];
  if (/[*{[]/.test(path))
    throw new SourceError(
      `Expected the URL of one text, got the pattern ${text}: servers do not list their files, so nothing can be matched. Name each URL, or write * as %2A, { as %7B and [ as %5B where they are meant`,
    );
  const bytes = readUrl(url);
  return { name: bytes.name, path: url.pathname, pieces: bytes };
}

function openFiles(path: string): AsyncIterable<TextPieces> {
  let first: readonly TextPieces[] | undefined;
  return {
    async *[Symbol.asyncIterator]() {
      const names = await findFiles(path);
      first ??= names.map((name) => ({ name, path: name, pieces: readFile(name) }));
      const other = names.find((name, place) => name !== first?.[place]?.name) ?? first[names.length]?.name;
      if (other !== undefined)
        throw new SourceError(`Expected ${path} to match the files it matched at first, got a difference: ${other}`);
      yield* first;
    },
  };
}

/** The pieces of a stream of Node's that reads a file or standard input: its errors are the system's. */
function readStream(name: string, stream: Readable): AsyncIterable<string | Uint8Array> {
  const pieces = pipeline<string | Uint8Array>(stream);
  return {
    async *[Symbol.asyncIterator]() {
      try {
        yield* pieces;
      } catch (error) {
        throw unreadable(name, error);
      }
    },
  };
}

function isFileStream(source: unknown): source is Readable {
  return source instanceof Readable && 'fd' in source;
}

function isStandardInput(source: unknown): boolean {
  return isFileStream(source) && 'fd' in source && source.fd === 0;
}
