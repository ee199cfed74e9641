import { Readable } from 'node:stream';
import { SourceError } from '../errors.js';
import { findFiles } from './findFiles.js';
import { noSource } from './noSource.js';
import { pipeline } from './pipeline.js';
import { readFile } from './readFile.js';
import { unreadable } from './unreadable.js';

/**
 * A file's path or `file:` URL, a pattern that matches paths, or text or UTF-8 bytes in pieces. Files whose names end in
 * `.gz` are unpacked.
 */
export type TextSource = string | URL | AsyncIterable<string | Uint8Array>;

/** A text, and what errors call it. */
export interface TextPieces {
  readonly name: string;
  readonly pieces: AsyncIterable<string | Uint8Array>;
}

/**
 * The texts that a source stands for, opened one by one as they are reached. `index` is its place in a list of sources.
 *
 *     openText('data/*.txt', 0) ──▶ { name: 'data/1.txt', pieces: … }, { name: 'data/2.txt', pieces: … }
 *
 * @throws {SourceError} when it is none; (while reading) when a pattern matches no file, or others than at first.
 */
export function openText(source: TextSource, index: number): AsyncIterable<TextPieces> | Iterable<TextPieces> {
  if (typeof source === 'string' && source !== '') return openFiles(source);
  if (source instanceof URL) {
    if (source.protocol !== 'file:')
      throw new SourceError(
        `Expected a file: URL, got ${source.href}. For another one, fetch it and pass the response's body.`,
      );
    return [{ name: source.href, pieces: readFile(source) }];
  }
  const name = isStandardInput(source) ? 'standard input' : `text source ${index}`;
  // As a pipeline, a stream or generator that was read before is an error, not an empty text.
  if (typeof source === 'object' && source !== null && Symbol.asyncIterator in source)
    return [{ name, pieces: isFileStream(source) ? readStream(name, source) : pipeline(source) }];
  throw noSource(`a path, a file: URL or an async iterable of strings or bytes as ${name}`, source);
}

function openFiles(path: string): AsyncIterable<TextPieces> {
  let first: readonly TextPieces[] | undefined;
  return {
    async *[Symbol.asyncIterator]() {
      const names = await findFiles(path);
      first ??= names.map((name) => ({ name, pieces: readFile(name) }));
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
