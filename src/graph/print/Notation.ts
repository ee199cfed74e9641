import { GREEK_WORDS, type MathSymbol } from './MathSymbol.js';

/** How mathematics is written: as characters, for terminals and comments, or as LaTeX. */
export type NotationName = 'unicode' | 'latex';

/** How the parts of mathematics are written. */
export interface Notation {
  readonly times: string;
  readonly dot: string;
  readonly minus: string;
  /** Between a number and what it scales. */
  readonly scaled: string;
  /** Whether a quotient is a fraction with a bar, which needs no brackets. */
  readonly bar: boolean;
  symbol(symbol: MathSymbol): string;
  number(value: number): string;
  /** A function's name, such as `tanh`. */
  functionName(name: string): string;
  quotient(numerator: string, denominator: string): string;
  root(text: string, isOne: boolean): string;
  square(text: string): string;
  bracket(text: string): string;
  join(parts: readonly string[]): string;
  columns(text: string, from: number, to: number): string;
  /** Lines of left and right sides, their equal signs below each other. */
  lines(lines: readonly (readonly [string, string])[]): string;
}

const unicode: Notation = {
  ...{ times: ' ⊗ ', dot: '·', minus: '−', scaled: ' ', bar: false },
  symbol({ letter, mark, indices, time }) {
    const below = [...indices, ...(time ? [time] : [])].join(',');
    const index = /^[\p{L}\p{N}]*$/u.test(below) ? below : `{${below}}`;
    const above = mark === 'tilde' ? '\u0303' : mark === 'prime' ? '′' : '';
    return letter + above + (below && `_${index}`);
  },
  number: (value) => rounded(value).replaceAll('-', '−'),
  functionName: (name) => name,
  quotient: (numerator, denominator) => `${numerator} / ${denominator}`,
  root: (text, isOne) => `√${isOne ? text : `(${text})`}`,
  square: (text) => `${text}²`,
  bracket: (text) => `(${text})`,
  join: (parts) => `[${parts.join(', ')}]`,
  columns: (text, from, to) => `${text}[${from}:${to}]`,
  lines(lines) {
    const width = (text: string): number => text.replaceAll('\u0303', '').length;
    const widest = Math.max(...lines.map(([left]) => width(left)));
    return lines.map(([left, right]) => `${left}${' '.repeat(widest - width(left))} = ${right}`).join('\n');
  },
};

const LATEX_FUNCTIONS: Readonly<Record<string, string>> = {
  ...{ σ: '\\sigma', 'ln σ': '\\ln \\sigma', tanh: '\\tanh', exp: '\\exp', max: '\\max', min: '\\min' },
};

const latex: Notation = {
  ...{ times: ' \\otimes ', dot: ' \\cdot ', minus: '-', scaled: '\\, ', bar: true },
  symbol({ letter, mark, indices, time }) {
    const word = latexWord(letter);
    const marked = mark === 'tilde' ? `\\tilde{${word}}` : mark === 'prime' ? `${word}'` : word;
    const below = [...indices.map(latexWord), ...(time ? [time.replace('−', '-')] : [])].join(',');
    return marked + (below && (below.length === 1 ? `_${below}` : `_{${below}}`));
  },
  number: (value) => rounded(value).replace(/e\+?(.*)/, ' \\cdot 10^{$1}'),
  functionName: (name) => LATEX_FUNCTIONS[name] ?? latexWord(name),
  quotient: (numerator, denominator) => `\\frac{${numerator}}{${denominator}}`,
  root: (text) => `\\sqrt{${text}}`,
  square: (text) => `${text}^2`,
  bracket: (text) => (/\\frac|\\sqrt/.test(text) ? `\\left(${text}\\right)` : `(${text})`),
  join: (parts) => `[${parts.join(', ')}]`,
  columns: (text, from, to) => `${text}[${from}{:}${to}]`,
  lines: (lines) =>
    ['\\begin{aligned}', lines.map(([left, right]) => `${left} &= ${right}`).join(' \\\\\n'), '\\end{aligned}'].join(
      '\n',
    ),
};

/** The ways to write mathematics. */
export const NOTATIONS: Readonly<Record<NotationName, Notation>> = { unicode, latex };

/** A letter in italics, a word upright. */
function latexWord(text: string): string {
  const greek = GREEK_WORDS.get(text);
  if (greek) return `\\${greek}`;
  return /^(\p{L}|\d+)$/u.test(text) ? text : `\\mathrm{${text.replaceAll('_', '\\_')}}`;
}

function rounded(value: number): string {
  return String(Number(value.toPrecision(4)));
}
