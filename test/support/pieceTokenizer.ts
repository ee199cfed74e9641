import { PAD_ID, type TokenIds, type Tokenizer } from '../../src/text/Tokenizer.js';

const EOS_ID = 1;
const UNKNOWN_ID = 2;

/**
 * Tokens are pieces of text of any length; encoding takes the longest that fits. As with SentencePiece, the space that a
 * text begins with has no text when it is decoded. Ids: pad 0, EOS 1, unknown 2, then the pieces in their order.
 */
export function pieceTokenizer(pieces: readonly string[]): Tokenizer {
  const texts = ['', '', '', ...pieces];
  const longestFirst = pieces.toSorted((a, b) => b.length - a.length);
  const encode = (text: string): number[] => {
    if (text === '') return [];
    const piece = longestFirst.find((one) => text.startsWith(one));
    const id = piece === undefined ? UNKNOWN_ID : texts.indexOf(piece);
    return [id, ...encode(text.slice(piece?.length ?? 1))];
  };
  const decode = (ids: ArrayLike<number>): string =>
    Array.from(ids, (id) => texts[id] ?? '')
      .join('')
      .replace(/^ /, '');
  return {
    vocabularySize: texts.length,
    eosId: EOS_ID,
    unknownId: UNKNOWN_ID,
    encode: (text) => Int32Array.from(encode(text)) as TokenIds,
    decode,
    detokenizer() {
      const ids: number[] = [];
      return {
        push(id) {
          const before = decode(ids).length;
          ids.push(id);
          return decode(ids).slice(before);
        },
        end: () => '',
      };
    },
    characterCount: (ids) => Array.from(ids).filter((id) => id !== PAD_ID).length,
    toJSON: () => ({ type: 'pieces', pieces }),
  };
}
