import { describe, SourceError } from '../errors.js';
import { foldLineEnds } from '../text/foldLineEnds.js';
import { Utf8Decoder } from '../text/Utf8Decoder.js';

/**
 * The text of pieces of text or of UTF-8 bytes: without a byte-order mark at its start, with `\n` as the only line end, in chunks that
 * never end inside a character.
 *
 * @throws {EncodingError} (while reading) when bytes are not UTF-8.
 * @throws {SourceError} (while reading) when a piece is neither text nor bytes.
 */
export function decodeText(name: string, pieces: AsyncIterable<string | Uint8Array>): AsyncIterable<string> {
  return foldLineEnds(removeByteOrderMark(decode(name, pieces)));
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
