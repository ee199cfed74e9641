import { invalid } from '../../src/errors.js';
import type { TokenIds, Tokenizer } from '../../src/text/Tokenizer.js';

const SPECIALS = 3;

/** Tokens are the bytes of UTF-8, so most characters take more than one: pad 0, EOS 1, unknown 2, byte b is b + 3. */
export const byteTokenizer: Tokenizer = {
  vocabularySize: SPECIALS + 256,
  eosId: 1,
  unknownId: 2,
  encode: (text) => Int32Array.from(new TextEncoder().encode(text), (byte) => byte + SPECIALS) as TokenIds,
  decode: (ids) => new TextDecoder('utf-8', { ignoreBOM: true }).decode(Uint8Array.from(bytesOf(ids))),
  detokenizer() {
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
    return {
      push: (id) => decoder.decode(Uint8Array.from(bytesOf([id])), { stream: true }),
      end: () => decoder.decode(),
    };
  },
  characterCount: (ids) => [...byteTokenizer.decode(ids)].length,
  toJSON: () => ({ type: 'bytes' }),
};

function bytesOf(ids: ArrayLike<number>): number[] {
  const outside = Array.from(ids).find((id) => id < 0 || id >= SPECIALS + 256);
  if (outside !== undefined) throw invalid('a token id', `from 0 to ${SPECIALS + 255}`, outside);
  return Array.from(ids, (id) => id - SPECIALS).filter((byte) => byte >= 0);
}
