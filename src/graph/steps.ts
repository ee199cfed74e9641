import type { Term } from './derive.js';
import { Evaluation } from './Evaluation.js';
import type { Expression } from './Expression.js';
import type { Interpreter } from './Interpreter.js';
import type { Plan } from './Plan.js';
import { firstOnTheWay, reachable } from './walk.js';

/** Values by name. */
type Named<T> = Readonly<Record<string, T>>;

/** Values of expressions. */
export type Values<T> = readonly (readonly [Expression, T])[];

/** Values in the order of a list of expressions, with what they are the values of. */
export function valuesOf<T>(expressions: readonly Expression[], values: readonly T[]): Values<T> {
  return expressions.map((expression, at) => [expression, values[at] as T]);
}

/**
 * So many time steps in a row: from `inputs` and what else depends on them, each `[time·batch × …]`, time-major, and the state `before`. Gives
 * the state after them, and the values of `wanted`, `[time·batch × …]`.
 */
export function stepsForward<T>(
  on: Interpreter<T>,
  { cell }: Plan,
  steps: number,
  given: { weights: Values<T>; inputs: Values<T>; before: Named<T>; held?: Values<T> | undefined },
  wanted: readonly Expression[],
): { after: Named<T>; wanted: T[] } {
  const inputs = given.inputs.map(([of, whole]) => [of, on.splitRows(whole, steps)] as const);
  const made: T[][] = wanted.map(() => []);
  let state = given.before;
  for (let step = 0; step < steps; step++) {
    const now = new Evaluation(on, [
      ...given.weights,
      ...(given.held ?? []),
      ...inputs.map(([of, parts]) => [of, parts[step] as T] as const),
      ...Object.entries(cell.state).map(([name, part]) => [part, state[name] as T] as const),
    ]);
    state = mapNamed(cell.next, (part) => now.of(part));
    for (const [at, expression] of wanted.entries()) made[at]?.push(now.of(expression));
  }
  return { after: state, wanted: made.map((parts) => on.joinRows(parts)) };
}

/** What the way back through time steps is given. */
export interface GivenBack<T> {
  readonly weights: Values<T>;
  /** ∂loss/∂output of all time steps. */
  readonly output: T;
  /** ∂loss/∂(the state after the last one). */
  readonly state: Named<T>;
  /** The state before the first one. */
  readonly before: Named<T>;
  /** What was kept of all time steps. */
  readonly kept: Values<T>;
  /** What was kept of inputs. */
  readonly inputs: Values<T>;
  /** What stays the same over all time steps. */
  readonly held?: Values<T> | undefined;
}

/** Gradients of the state before time steps, of `plan.inputs` (those that have one), and of the targets of terms. */
export interface GivesBack<T> {
  readonly state: Named<T>;
  readonly inputs: T[];
  readonly terms: T[];
}

/**
 * The way back through time steps in a row. What no earlier time step needs is computed at the end, for all of them at once; so is each
 * product that makes a gradient of weights.
 */
export function stepsBackward<T>(on: Interpreter<T>, plan: Plan, steps: number, given: GivenBack<T>): GivesBack<T> {
  const { cell, seeds, back } = plan;
  const split = ([of, whole]: readonly [Expression, T]) => [of, on.splitRows(whole, steps)] as const;
  const [kept, inputs] = [given.kept.map(split), given.inputs.map(split)];
  const output = on.splitRows(given.output, steps);
  const at = (step: number) => [...kept, ...inputs].map(([of, parts]) => [of, parts[step] as T] as const);
  const stateBefore = (step: number): Named<T> => {
    if (step === 0) return given.before;
    const past = new Evaluation(on, at(step - 1));
    return mapNamed(cell.next, (part) => past.of(part));
  };

  const evaluations: Evaluation<T>[] = [];
  let gradient = given.state;
  for (let step = steps - 1; step >= 0; step--) {
    const before = stateBefore(step);
    const now = new Evaluation(on, [
      ...given.weights,
      ...(given.held ?? []),
      ...at(step),
      ...Object.entries(cell.state).map(([name, part]) => [part, before[name] as T] as const),
      ...Object.entries(seeds.state).map(([name, seed]) => [seed, gradient[name] as T] as const),
      [seeds.output, output[step] as T],
    ]);
    gradient = mapNamed(back.state, (of, name) => (of ? now.of(of) : on.zerosLike(before[name] as T)));
    evaluations.unshift(now);
  }

  const perStep = new Set(reachable(defined(Object.values(back.state)), ({ dependence }) => dependence === 'state'));
  const whole = new Map<Expression, T>([
    ...given.weights,
    ...given.kept,
    ...given.inputs,
    [seeds.output, given.output],
  ]);
  const roots = [...back.inputs, ...back.terms.flatMap(({ left, right }) => (left ? [left, right] : [right]))];
  // What was computed at each time step, or is known at each only, is put together where it is wanted.
  const together = firstOnTheWay(roots, (of) => whole.has(of) || perStep.has(of) || of.operation === 'leaf');
  for (const of of together) if (!whole.has(of)) whole.set(of, on.joinRows(evaluations.map((now) => now.of(of))));
  const all = new Evaluation(on, whole);
  return {
    state: gradient,
    inputs: back.inputs.map((of) => all.of(of)),
    terms: totals(on, back.terms, all),
  };
}

/** What terms add up to, by what they are of, in the order in which that first comes. */
export function totals<T>(on: Interpreter<T>, terms: readonly Term[], values: Evaluation<T>): T[] {
  return targetsOf(terms).map((target) =>
    terms
      .filter(({ to }) => to === target)
      .map(({ left, right }) =>
        left ? on.productOfTransposed(values.of(left), values.of(right)) : on.sumOfRows(values.of(right)),
      )
      .reduce((sum, term) => on.add(sum, term)),
  );
}

/** What terms are of, each once. */
export function targetsOf(terms: readonly Term[]): Expression[] {
  return [...new Set(terms.map(({ to }) => to))];
}

function defined(expressions: readonly (Expression | undefined)[]): Expression[] {
  return expressions.filter((expression) => expression !== undefined);
}

function mapNamed<A, B>(named: Named<A>, change: (value: A, name: string) => B): Named<B> {
  return Object.fromEntries(Object.entries(named).map(([name, value]) => [name, change(value, name)]));
}
