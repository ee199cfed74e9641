import { cell } from '../../../src/cells/cell.js';
import type { Expression } from '../../../src/graph/Expression.js';
import { join, sigmoid, tanh } from '../../../src/graph/functions.js';
import { LanguageModel } from '../../../src/model/LanguageModel.js';
import type { Tokenizer } from '../../../src/text/Tokenizer.js';

// What is asserted here is asserted by the compiler: `npm run typecheck`, and so `npm test`, fails where a `@ts-expect-error` has no error,
// and where the rest has one. Nothing of it runs.

/** A fact for the compiler. */
function compiled(_title: string, _code: () => unknown): void {}

/** Compiles where the value has exactly this type. */
function hasType<T>(): <U>(_value: U & (Same<T, U> extends true ? unknown : 'of another type')) => void {
  return () => {};
}

type Same<A, B> = (<X>() => X extends A ? 1 : 2) extends <X>() => X extends B ? 1 : 2 ? true : false;

const passes = ({ x, hidden, memory }: Record<'x' | 'hidden' | 'memory', Expression>) => ({
  output: x,
  state: { hidden, memory },
});

const sizes = {
  name: 'mine',
  state: ({ hidden }: { hidden: number }) => ({ hidden, memory: 2 }),
  weights: ({ input, hidden, bias }: { input: number; hidden: number; bias: boolean }) => ({
    W: [input, hidden] as const,
    gain: { shape: [hidden] as const, initial: 1 },
    bias: bias ? ([hidden] as const) : undefined,
  }),
};

compiled('a step is given x, the parts of the state and the weights, and gives output and state', () =>
  cell({
    name: 'mine',
    state: ({ hidden }) => ({ hidden, memory: 2 }),
    weights: ({ input, hidden, bias }) => ({
      W: [input, hidden],
      gain: { shape: [hidden], initial: 1 },
      bias: bias ? [hidden] : undefined,
    }),
    step({ x, hidden, memory, W, gain, bias }) {
      hasType<Expression>()(x);
      hasType<Expression>()(hidden);
      hasType<Expression>()(W);
      hasType<Expression>()(gain);
      hasType<Expression | undefined>()(bias);
      const next = tanh(x.dot(W).times(gain).plus(bias).plus(hidden));
      return { output: next, state: { hidden: next, memory }, gates: { open: sigmoid(next) } };
    },
  }),
);

compiled('a part of the state that is not declared does not compile', () =>
  cell({
    ...sizes,
    // @ts-expect-error Property 'hiden' does not exist
    step: ({ x, hiden, hidden, memory }) => ({ output: x.plus(hiden), state: { hidden, memory } }),
  }),
);

compiled('a weight that is not declared does not compile', () =>
  cell({
    ...sizes,
    // @ts-expect-error Property 'U' does not exist
    step: ({ x, hidden, memory, U }) => ({ output: x.dot(U), state: { hidden, memory } }),
  }),
);

compiled('a part of the state that a step forgets does not compile', () =>
  cell({
    ...sizes,
    // @ts-expect-error Property 'memory' is missing
    step: ({ x, hidden }) => ({ output: x, state: { hidden } }),
  }),
);

compiled('a step without output does not compile', () =>
  cell({
    ...sizes,
    // @ts-expect-error Property 'output' is missing
    step: ({ hidden, memory }) => ({ state: { hidden, memory } }),
  }),
);

compiled('a step without state does not compile', () =>
  cell({
    ...sizes,
    // @ts-expect-error Property 'state' is missing
    step: ({ x }) => ({ output: x }),
  }),
);

compiled('a number as a gate, a part of the state or the output does not compile', () => [
  // @ts-expect-error Type 'number' is not assignable to type 'Expression'
  cell({ ...sizes, step: ({ x, hidden, memory }) => ({ output: x, state: { hidden, memory }, gates: { open: 1 } }) }),
  // @ts-expect-error Type 'number' is not assignable to type 'Expression'
  cell({ ...sizes, step: ({ x, hidden }) => ({ output: x, state: { hidden, memory: 0 } }) }),
  // @ts-expect-error Type 'number' is not assignable to type 'Expression'
  cell({ ...sizes, step: ({ hidden, memory }) => ({ output: 1, state: { hidden, memory } }) }),
]);

compiled('a weight that a model may lack can be added, and nothing else', () =>
  cell({
    ...sizes,
    step({ x, hidden, memory, bias }) {
      // @ts-expect-error Expression | undefined is no operand
      x.times(bias);
      // @ts-expect-error Expression | undefined is no expression
      sigmoid(bias);
      return { output: x.plus(bias), state: { hidden, memory } };
    },
  }),
);

compiled('three blocks of columns are three expressions, and there is no fourth', () =>
  cell({
    ...sizes,
    step({ x, hidden, memory }) {
      const [a, b, c] = x.split(3);
      // @ts-expect-error Tuple of length 3 has no element at index 3
      const [, , , _d] = x.split(3);
      return { output: join(a, b, c), state: { hidden, memory } };
    },
  }),
);

compiled('a weight of three sizes, of a word, or of a shape that is none does not compile', () => [
  // @ts-expect-error three sizes
  cell({ ...sizes, weights: () => ({ W: [1, 2, 3] }), step: passes }),
  // @ts-expect-error a word
  cell({ ...sizes, weights: () => ({ W: ['batch', 3] }), step: passes }),
  // @ts-expect-error a number
  cell({ ...sizes, weights: () => ({ W: 3 }), step: passes }),
]);

compiled('a model is of a cell by a name that there is, or of a cell', () => {
  const tokenizer = {} as Tokenizer;
  const mine = cell({ ...sizes, step: passes });
  new LanguageModel({ cell: 'gruResetAfter', tokenizer });
  new LanguageModel({ cell: mine, tokenizer });
  // @ts-expect-error there is no such cell
  new LanguageModel({ cell: 'transformer', tokenizer });
  // @ts-expect-error the cell is gruResetAfter
  new LanguageModel({ cell: 'gru', resetAfter: true, tokenizer });
});
