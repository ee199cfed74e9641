import { CharacterTokenizer, type Tokenizer } from '../../src/browser.js';
import type { TextTokens } from './types.js';

/** How far a token's text is looked for: normalisation may change what stands between, but not much. */
const REACH = 64;

/** A text as a tokenizer reads it, with the place of each token in it. */
export function textTokens(tokenizer: Tokenizer, text: string): TextTokens {
  const ids = tokenizer.encode(text);
  const starts =
    tokenizer instanceof CharacterTokenizer
      ? startsOfCharacters(text, ids.length)
      : startsOfPieces(tokenizer, text, ids);
  return { text, ids: Int32Array.from(ids), starts };
}

/** Tokens whose texts are known, one behind the other. */
export function joinedTokens(tokens: readonly { readonly id: number; readonly text: string }[]): TextTokens {
  const starts = new Int32Array(tokens.length + 1);
  for (const [at, { text }] of tokens.entries()) starts[at + 1] = (starts[at] as number) + text.length;
  return { text: tokens.map(({ text }) => text).join(''), ids: Int32Array.from(tokens, ({ id }) => id), starts };
}

/** The token that a place of the text is in; behind the text, as many as there are. */
export function tokenAt({ starts }: TextTokens, offset: number): number {
  const behind = starts.findIndex((start) => start > offset);
  return behind < 0 ? starts.length - 1 : Math.max(0, behind - 1);
}

function startsOfCharacters(text: string, count: number): Int32Array {
  const starts = new Int32Array(count + 1);
  let offset = 0;
  let at = 0;
  for (const character of text) {
    starts[at++] = offset;
    offset += character.length;
  }
  starts[count] = text.length;
  return starts;
}

/**
 * Where pieces stand: each is looked for behind the one before, for white space may have been folded and characters changed before the text was
 * cut into pieces. White space before a piece is its own; what an unknown token stands for has no text, and reaches to the next one that has.
 */
function startsOfPieces(tokenizer: Tokenizer, text: string, ids: ArrayLike<number>): Int32Array {
  const starts = new Int32Array(ids.length + 1).fill(text.length);
  const detokenizer = tokenizer.detokenizer();
  let at = 0;
  /** Whether the token before has no text, so that what is unaccounted for is its. */
  let isOpen = false;
  for (let token = 0; token < ids.length; token++) {
    const piece = detokenizer.push(ids[token] as number);
    const core = piece.trim();
    const found = core === '' ? -1 : text.slice(at, at + core.length + REACH).indexOf(core);
    starts[token] = isOpen && found > 0 ? at + found : at;
    if (found >= 0) at += found + core.length;
    else if (piece !== '') at = Math.min(text.length, at + piece.length);
    isOpen = piece === '';
  }
  if (ids.length > 0) starts[0] = 0;
  starts[ids.length] = text.length;
  return starts;
}
