/** A letter, or a word, with what stands above and below it. */
export interface MathSymbol {
  /** `h`, `α`, or the user's own word. */
  readonly letter: string;
  readonly mark?: 'tilde' | 'prime' | undefined;
  /** `f` in W_f. */
  readonly indices: readonly string[];
  /** The time step it is of; none where it is the same at all. */
  readonly time?: 't' | 't−1' | undefined;
}

const GREEK: Readonly<Record<string, string>> = {
  ...{ alpha: 'α', beta: 'β', gamma: 'γ', delta: 'δ', epsilon: 'ε', zeta: 'ζ', eta: 'η', theta: 'θ', iota: 'ι' },
  ...{ kappa: 'κ', lambda: 'λ', mu: 'μ', nu: 'ν', xi: 'ξ', pi: 'π', rho: 'ρ', tau: 'τ', phi: 'φ', chi: 'χ' },
  ...{ psi: 'ψ', omega: 'ω' },
};

/** The words of Greek letters, by letter. */
export const GREEK_WORDS: ReadonlyMap<string, string> = new Map(
  Object.entries(GREEK).map(([word, letter]) => [letter, word]),
);

/** A name as a symbol: `alpha` is α, `W2` is W with the index 2, `beta1` is β with the index 1, a prime at the end stays one, any other word is itself. */
export function symbolOf(name: string): MathSymbol {
  const [, word = '', digits, end] = /^(\p{L}+)(\d*)(′?)$/u.exec(name) ?? [];
  const isLetter = word.length === 1 || Object.hasOwn(GREEK, word);
  const [letter, number, prime] = isLetter ? [word, digits, end] : [name];
  return {
    // A name may come from a file: nothing in it is to mean anything in LaTeX or Markdown.
    letter: GREEK[letter] ?? letter.replaceAll(/[^\p{L}\p{N}]+/gu, '_'),
    ...(prime && { mark: 'prime' }),
    indices: number ? [number] : [],
  };
}

/** A symbol with more indices. */
export function withIndex(symbol: MathSymbol, ...indices: readonly string[]): MathSymbol {
  return { ...symbol, indices: [...symbol.indices, ...indices] };
}
