import { createReadStream } from 'node:fs';
import { describe, SourceError } from '../errors.js';
import { foldLineEnds } from '../text/foldLineEnds.js';
import { Utf8Decoder } from '../text/Utf8Decoder.js';
import { pipeline } from './pipeline.js';

/** A file's path or `file:` URL, or text or UTF-8 bytes in pieces. */
export type TextSource = string | URL | AsyncIterable<string | Uint8Array>;

/**
 * Reads text as an async iterable of chunks (64 kB for files), as the source of a pipeline.
 *
 *     for await (const chunk of readText('speech.txt')) console.log(chunk.length);
 *     readText(['1.txt', '2.txt']);        // one after the other, a blank line between them
 *     readText(process.stdin);             // or any other async iterable of strings or bytes
 *
 * A byte-order mark at a source's start is removed; `\r\n` and `\r` become `\n`; no chunk ends inside a character. Files
 * are opened when they are reached and closed when the reader stops; each iteration reads again. Memory does not depend
 * on the size of the text.
 *
 * @throws {EncodingError} (while reading) when the bytes are not UTF-8; it names the source and the byte offset.
 * @throws {SourceError} when a source is none; (while reading) when a file is missing, a directory or unreadable, or when
 *   a stream or generator is read a second time.
 */
export function readText(sources: TextSource | readonly TextSource[]): AsyncIterable<string> {
  const list = Array.isArray(sources) ? (sources as readonly TextSource[]) : [sources as TextSource];
  const opened = list.map(open);
  return {
    async *[Symbol.asyncIterator]() {
      let blankLine = '';
      for (const { name, pieces } of opened) {
        if (blankLine) yield blankLine;
        yield* foldLineEnds(removeByteOrderMark(decode(name, pieces)));
        blankLine = '\n\n';
      }
    },
  };
}

interface NamedPieces {
  readonly name: string;
  readonly pieces: AsyncIterable<string | Uint8Array>;
}

function open(source: TextSource, index: number): NamedPieces {
  if (typeof source === 'string') return { name: source, pieces: readFile(source) };
  if (source instanceof URL) {
    if (source.protocol !== 'file:')
      throw new SourceError(
        `Expected a file: URL, got ${source.href}. For another one, fetch it and pass the response's body.`,
      );
    return { name: source.href, pieces: readFile(source) };
  }
  // As a pipeline, a stream or generator that was read before is an error, not an empty text.
  if (typeof source === 'object' && source !== null && Symbol.asyncIterator in source)
    return { name: `text source ${index}`, pieces: pipeline(source) };
  throw new SourceError(
    `Expected a path, a file: URL or an async iterable of strings or bytes as text source ${index}, got ${describe(source)}`,
  );
}

function readFile(path: string | URL): AsyncIterable<Uint8Array> {
  return {
    async *[Symbol.asyncIterator]() {
      // The stream's iterator destroys it, and so closes the file, however the reading ends.
      try {
        yield* createReadStream(path);
      } catch (error) {
        throw unreadable(path, error);
      }
    },
  };
}

const REASONS = new Map([
  ['ENOENT', 'there is no such file'],
  ['EISDIR', 'it is a directory'],
  ['EACCES', 'it may not be read'],
]);

function unreadable(path: string | URL, error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
  const reason = REASONS.get(String(error.code)) ?? error.message;
  return new SourceError(`Expected ${path} to be a readable file: ${reason}`, { cause: error });
}

async function* decode(name: string, pieces: AsyncIterable<string | Uint8Array>): AsyncGenerator<string> {
  const decoder = new Utf8Decoder(name);
  for await (const piece of pieces) {
    if (piece instanceof Uint8Array) yield decoder.push(piece);
    else if (typeof piece === 'string') {
      decoder.end();
      yield piece;
    } else throw new SourceError(`Expected ${name} to give strings or bytes, got ${describe(piece)}`);
  }
  decoder.end();
}

async function* removeByteOrderMark(chunks: AsyncIterable<string>): AsyncGenerator<string> {
  let atStart = true;
  for await (const chunk of chunks) {
    yield atStart && chunk.startsWith('\ufeff') ? chunk.slice(1) : chunk;
    if (chunk !== '') atStart = false;
  }
}
