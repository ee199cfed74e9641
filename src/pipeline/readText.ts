import { createReadStream } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, SourceError } from '../errors.js';
import { Utf8Decoder } from '../text/Utf8Decoder.js';

/** A file's path or `file:` URL, or text or UTF-8 bytes in pieces. */
export type TextSource = string | URL | AsyncIterable<string | Uint8Array>;

/**
 * Reads text as an async iterable of chunks (64 kB for files), as the source of a pipeline.
 *
 *     for await (const chunk of readText('speech.txt')) console.log(chunk.length);
 *     readText(['1.txt', '2.txt']);        // one after the other, a blank line between them
 *     readText(process.stdin);             // or any other async iterable of strings or bytes
 *
 * A byte-order mark at a source's start is removed; `\r\n` and `\r` become `\n`. Files are opened when they are reached
 * and closed when the reader stops; each iteration reads again. Memory does not depend on the size of the text.
 *
 * @throws {EncodingError} (while reading) when the bytes are not UTF-8; it names the source and the byte offset.
 * @throws {SourceError} when a source is none; (while reading) when a file is missing, a directory or unreadable.
 */
export function readText(sources: TextSource | readonly TextSource[]): AsyncIterable<string> {
  const list = Array.isArray(sources) ? (sources as readonly TextSource[]) : [sources as TextSource];
  const opened = list.map(open);
  return {
    async *[Symbol.asyncIterator]() {
      let blankLine = '';
      for (const { name, pieces } of opened) {
        if (blankLine) yield blankLine;
        yield* foldLineEnds(decode(name, pieces));
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
    return { name: source.href, pieces: readFile(fileURLToPath(source)) };
  }
  if (typeof source === 'object' && source !== null && Symbol.asyncIterator in source)
    return { name: `text source ${index}`, pieces: source };
  throw new SourceError(
    `Expected a path, a file: URL or an async iterable of strings or bytes as text source ${index}, got ${describe(source)}`,
  );
}

function readFile(path: string): AsyncIterable<Uint8Array> {
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

function unreadable(path: string, error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
  const reason = REASONS.get(String(error.code)) ?? error.message;
  return new SourceError(`Expected ${path} to be a readable file: ${reason}`, { cause: error });
}

async function* decode(name: string, pieces: AsyncIterable<string | Uint8Array>): AsyncGenerator<string> {
  const decoder = new Utf8Decoder(name);
  let atStart = true;
  for await (const piece of pieces) {
    if (typeof piece === 'string') yield atStart && piece.startsWith('\ufeff') ? piece.slice(1) : piece;
    else if (piece instanceof Uint8Array) yield decoder.push(piece);
    else throw new SourceError(`Expected ${name} to give strings or bytes, got ${describe(piece)}`);
    if (piece.length > 0) atStart = false;
  }
  decoder.end();
}

async function* foldLineEnds(chunks: AsyncIterable<string>): AsyncGenerator<string> {
  let heldReturn = '';
  for await (const chunk of chunks) {
    const text = heldReturn + chunk;
    heldReturn = text.endsWith('\r') ? '\r' : '';
    const folded = (heldReturn ? text.slice(0, -1) : text).replace(/\r\n?/g, '\n');
    if (folded !== '') yield folded;
  }
  if (heldReturn) yield '\n';
}
