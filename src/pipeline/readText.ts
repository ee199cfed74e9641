import type { RecordOptions } from '../sources/RecordOptions.js';
import type { TextSource } from './openText.js';
import { type DocumentChunk, readDocuments } from './readDocuments.js';

/**
 * Reads text as an async iterable of chunks (64 kB for files), as the source of a pipeline.
 *
 *     for await (const chunk of readText('speech.txt')) console.log(chunk.length);
 *     readText(['1.txt', 'more/*.txt', 'book.txt.gz']);   // one after the other, a blank line between them
 *     readText('https://example.org/data.jsonl.zst', { field: 'text' });
 *     readText(process.stdin);                            // or any other async iterable of strings or bytes
 *
 * A path that holds `*`, `?`, `[…]`, `{…,…}` or `(…)` is a pattern, unless there is a file of this very name; what matches
 * comes in the order of its names, by code unit. What is packed (`.gz`, `.zst`) is unpacked. Of records (`.jsonl`, `.csv`, `.tsv`,
 * `.parquet`), `field` is read, with a blank line between two of them. A byte-order mark at a
 * source's start is removed; `\r\n` and `\r` become `\n`; no chunk ends inside a character. Sources are found and opened when
 * they are reached, and closed when the reader stops; each iteration reads again. Memory does not depend on the size of
 * the text: one chunk of it, one record, or one row group of Parquet is held.
 *
 * A connection to a server that breaks is made again, and the text goes on where it was.
 *
 * Who reads the same text once an epoch keeps what this returns: that sources are the same each time is checked (names, sizes, times
 * of their last change, inodes; ETags), at the beginning and the end of each reading. What is no regular file, such as a named pipe, is
 * read once; `spool` makes it one. `readDocuments` says where a file or record ends.
 *
 * @throws {InvalidArgumentError} when an option cannot be used; (while reading) when files hold records and `field` is not given, or the
 *   other way round.
 * @throws {EncodingError} (while reading) when the bytes of a text are not UTF-8; it names the source and the byte offset, in a
 *   packed file that of the unpacked text.
 * @throws {SourceError} when a source is none, or is an observable, which cannot be slowed; (while reading) when a file is
 *   missing, a directory or unreadable; when a server does not answer; when a pattern matches
 *   no file; when a stream, a generator or a named pipe is read a second time.
 * @throws {SourceFormatError} (while reading) when a record has no text, or something packed, a Parquet file or what a server sends is
 *   damaged or ends too early.
 * @throws {SourceChangedError} (while reading) when a source has changed since its first reading.
 * @throws {MissingPackageError} (while reading) when a format needs a package that is not installed.
 */
export function readText(
  sources: TextSource | readonly TextSource[],
  options: RecordOptions = {},
): AsyncIterable<string> {
  return joinDocuments(readDocuments(sources, options));
}

/** Documents as one text, a blank line between two of them. */
export function joinDocuments(documents: AsyncIterable<DocumentChunk>): AsyncIterable<string> {
  return {
    async *[Symbol.asyncIterator]() {
      let isFirst = true;
      let isStart = true;
      for await (const { text, end } of documents) {
        if (isStart && !isFirst) yield '\n\n';
        if (text !== '' || !end) yield text;
        isFirst = false;
        isStart = end;
      }
    },
  };
}
