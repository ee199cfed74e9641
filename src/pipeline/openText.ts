import { Readable } from 'node:stream';
import { SourceError } from '../errors.js';
import { findFiles } from './findFiles.js';
import { noSource } from './noSource.js';
import { pipeline } from './pipeline.js';
import { readFile } from './readFile.js';

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
 * @throws {SourceError} when it is none; (while reading) when a pattern matches no file.
 */
export function openText(source: TextSource, index: number): AsyncIterable<TextPieces> | Iterable<TextPieces> {
  if (typeof source === 'string') return openFiles(source);
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
    return [{ name, pieces: pipeline(source) }];
  throw noSource(`a path, a file: URL or an async iterable of strings or bytes as ${name}`, source);
}

function openFiles(path: string): AsyncIterable<TextPieces> {
  return {
    async *[Symbol.asyncIterator]() {
      for (const name of await findFiles(path)) yield { name, pieces: readFile(name) };
    },
  };
}

function isStandardInput(source: unknown): boolean {
  return source instanceof Readable && 'fd' in source && source.fd === 0;
}
