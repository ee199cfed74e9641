import { SourceError } from '../errors.js';
import type { ByteSource } from './ByteSource.js';

const encoder = new TextEncoder();

/**
 * Text or bytes in pieces as a source of bytes, in UTF-8; read from the start as often as the pieces can be.
 * @throws {SourceError} (while reading) when a piece is neither.
 */
export function asBytes(name: string, pieces: AsyncIterable<string | Uint8Array>): ByteSource {
  return {
    name,
    check: async () => {},
    async *[Symbol.asyncIterator]() {
      // The first half of a character whose other half is in the next piece.
      let half = '';
      for await (const piece of pieces) {
        if (piece instanceof Uint8Array) yield piece;
        else if (typeof piece === 'string') {
          const text = half + piece;
          half = /[\ud800-\udbff]$/.exec(text)?.[0] ?? '';
          yield encoder.encode(text.slice(0, text.length - half.length));
        } else throw new SourceError(`Expected ${name} to give strings or bytes, got a value of type ${typeof piece}`);
      }
      if (half !== '') yield encoder.encode(half);
    },
  };
}
