import type { TextTokens } from '../compute/types.js';

/** How a token looks: names of classes. */
export type TintOf = (token: number) => string;

/**
 * A text as spans, one a token, in an element: where another text or other colours come, what is the same stays, so that a key in a long
 * text is cheap. Who points at it is told by `data-k`, the number of a token.
 */
export class Tinted {
  readonly #element: HTMLElement;
  #texts: string[] = [];

  constructor(element: HTMLElement) {
    this.#element = element;
  }

  /**
   * Shows a text. Where its tokens are of an earlier text, what begins and ends the same keeps its colours, and what is between has none
   * until it is known.
   */
  show(text: string, tokens: TextTokens | undefined, tintOf: TintOf): void {
    const { texts, tints } = spansOf(text, tokens, tintOf);
    const before = this.#texts;
    const same = Math.min(texts.length, before.length);
    let first = 0;
    while (first < same && texts[first] === before[first]) first++;
    let last = 0;
    while (last < same - first && texts[texts.length - 1 - last] === before[before.length - 1 - last]) last++;
    const element = this.#element;
    for (let gone = before.length - first - last; gone > 0; gone--) element.children[first]?.remove();
    const follower = element.children[first] ?? null;
    for (const made of texts.slice(first, texts.length - last)) {
      const span = document.createElement('span');
      span.textContent = made;
      element.insertBefore(span, follower);
    }
    this.#texts = texts;
    let span = element.firstElementChild;
    for (const [at, { tint, token }] of tints.entries()) {
      if (!span) break;
      if (span.className !== tint) span.className = tint;
      const { dataset } = span as HTMLElement;
      if (dataset['k'] !== String(token)) {
        if (token === undefined) delete dataset['k'];
        else dataset['k'] = String(token);
      }
      span = span.nextElementSibling;
      if (at >= texts.length) break;
    }
  }
}

interface Tint {
  readonly tint: string;
  /** The token's number, where the text is that of the tokens. */
  readonly token: number | undefined;
}

function spansOf(text: string, tokens: TextTokens | undefined, tintOf: TintOf): { texts: string[]; tints: Tint[] } {
  const texts: string[] = [];
  const tints: Tint[] = [];
  const add = (part: string, tint: string, token: number | undefined): void => {
    texts.push(part);
    tints.push({ tint, token });
  };
  if (!tokens) {
    if (text) add(text, '', undefined);
    return { texts, tints };
  }
  const { text: known, starts } = tokens;
  const count = starts.length - 1;
  const isKnown = known === text;
  const begun = isKnown ? text.length : commonStart(text, known);
  const ended = isKnown ? 0 : commonEnd(text, known, begun);
  let from = 0;
  let token = 0;
  for (; token < count && (starts[token + 1] ?? 0) <= begun; token++) {
    from = starts[token + 1] ?? 0;
    add(text.slice(starts[token], from), tintOf(token), isKnown ? token : undefined);
  }
  const shift = text.length - known.length;
  let later = count;
  while (later > token && (starts[later - 1] ?? 0) >= known.length - ended) later--;
  const to = (starts[later] ?? known.length) + shift;
  if (to > from) add(text.slice(from, to), '', undefined);
  for (; later < count; later++)
    add(text.slice((starts[later] ?? 0) + shift, (starts[later + 1] ?? 0) + shift), tintOf(later), undefined);
  return { texts, tints };
}

function commonStart(one: string, other: string): number {
  const most = Math.min(one.length, other.length);
  let at = 0;
  while (at < most && one.charCodeAt(at) === other.charCodeAt(at)) at++;
  return at;
}

function commonEnd(one: string, other: string, start: number): number {
  const most = Math.min(one.length, other.length) - start;
  let count = 0;
  while (count < most && one.charCodeAt(one.length - 1 - count) === other.charCodeAt(other.length - 1 - count)) count++;
  return count;
}
