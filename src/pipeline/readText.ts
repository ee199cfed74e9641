import { describe, SourceError } from '../errors.js';
import { foldLineEnds } from '../text/foldLineEnds.js';
import { Utf8Decoder } from '../text/Utf8Decoder.js';
import { openText, type TextPieces, type TextSource } from './openText.js';

/**
 * Reads text as an async iterable of chunks (64 kB for files), as the source of a pipeline.
 *
 *     for await (const chunk of readText('speech.txt')) console.log(chunk.length);
 *     readText(['1.txt', 'more/*.txt', 'book.txt.gz']);   // one after the other, a blank line between them
 *     readText(process.stdin);                            // or any other async iterable of strings or bytes
 *
 * A path that holds `*`, `?`, `[…]`, `{…,…}` or `(…)` is a pattern, unless there is a file of this very name; what matches
 * comes in the order of its names, by code unit. A file whose name ends in `.gz` is unpacked. A byte-order mark at a
 * source's start is removed; `\r\n` and `\r` become `\n`; no chunk ends inside a character. Files are found and opened when
 * they are reached, and closed when the reader stops; each iteration reads again. Memory does not depend on the size of
 * the text.
 *
 * Who reads the same text once an epoch keeps what this returns: that files are the same each time is checked (names, sizes, times
 * of their last change, inodes), at the beginning and the end of each reading. What is no regular file, such as a named pipe, is
 * read once; `spool` makes it one.
 *
 * @throws {EncodingError} (while reading) when the bytes are not UTF-8; it names the source and the byte offset, in a
 *   packed file that of the unpacked text.
 * @throws {SourceError} when a source is none, or is an observable, which cannot be slowed; (while reading) when a file is
 *   missing, a directory, unreadable, or not a whole gzip file, or has changed since its first reading; when a pattern matches
 *   no file; when a stream, a generator or a named pipe is read a second time.
 */
export function readText(sources: TextSource | readonly TextSource[]): AsyncIterable<string> {
  const list = Array.isArray(sources) ? (sources as readonly TextSource[]) : [sources as TextSource];
  const opened = list.map(openText);
  return {
    async *[Symbol.asyncIterator]() {
      let blankLine = '';
      for (const texts of opened)
        for await (const text of texts) {
          if (blankLine) yield blankLine;
          yield* foldLineEnds(removeByteOrderMark(decode(text)));
          blankLine = '\n\n';
        }
    },
  };
}

async function* decode({ name, pieces }: TextPieces): AsyncGenerator<string> {
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
