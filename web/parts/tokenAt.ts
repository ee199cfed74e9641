import type { TextTokens } from '../compute/types.js';

/** Which token a place of a text is in; as many as there are: it is behind all of them. */
export function tokenAt({ starts }: TextTokens, offset: number): number {
  let [low, high] = [0, starts.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** What a token writes. */
export function textOfToken({ text, starts }: TextTokens, token: number): string {
  return text.slice(starts[token], starts[token + 1]);
}
