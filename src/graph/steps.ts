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
 * the state after them, and the values of `wanted`, `[time·batch × …]`. What no later time step needs is computed at the end, for all
 * of them at once.
 */
export function stepsForward<T>(
  on: Interpreter<T>,
  { cell }: Plan,
  steps: number,
  given: { weights: Values<T>; inputs: Values<T>; before: Named<T>; held?: Values<T> | undefined },
  wanted: readonly Expression[],
): { after: Named<T>; wanted: T[] } {
  const next = Object.values(cell.next);
  const inputsAt = partsOf(on, steps, given.inputs, next);
  const evaluations: Evaluation<T>[] = [];
  let state = given.before;
  for (let step = 0; step < steps; step++) {
    const now = new Evaluation(on, [
      ...given.weights,
      ...(given.held ?? []),
      ...inputsAt(step),
      ...Object.entries(cell.state).map(([name, part]) => [part, state[name] as T] as const),
    ]);
    state = mapNamed(cell.next, (part) => now.of(part));
    evaluations.push(now);
  }
  const whole = new Evaluation(on, [...given.weights, ...given.inputs]);
  joinSteps(on, whole, evaluations, new Set(ofState(next)), wanted);
  return { after: state, wanted: wanted.map((of) => whole.of(of)) };
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
 * The way back through time steps in a row. What depends on gradients of outputs alone, and not on what comes back from later time steps, is
 * computed first, for all time steps at once; and so is at the end what no earlier time step needs, and each product that makes a
 * gradient of weights.
 */
export function stepsBackward<T>(
  on: Interpreter<T>,
  plan: Plan,
  steps: number,
  given: GivenBack<T>,
  product?: ProductOfTransposed<T>,
): GivesBack<T> {
  const { cell, seeds, back } = plan;
  const ofStates = defined(Object.values(back.state));
  const [isOfOutput, isOfLater] = [madeOf([seeds.output]), madeOf(Object.values(seeds.state))];
  const isFirst = (of: Expression): boolean => isOfOutput(of) && !isOfLater(of);
  const first = firstOnTheWay(ofStates, isFirst);
  const kept = [...given.kept, ...given.inputs];
  const isKept = new Set(kept.map(([of]) => of));
  const at = partsOf(on, steps, kept, [...ofStates, ...Object.values(cell.next)], isFirst);
  const stateBefore = (step: number): Named<T> => {
    if (step === 0) return given.before;
    const past = new Evaluation(on, at(step - 1));
    return mapNamed(cell.next, (part) => past.of(part));
  };
  const evaluations = Array.from({ length: steps }, (_, step) => {
    const before = stateBefore(step);
    return new Evaluation(on, [
      ...given.weights,
      ...(given.held ?? []),
      ...at(step),
      ...Object.entries(cell.state).map(([name, part]) => [part, before[name] as T] as const),
    ]);
  });
  const whole = new Evaluation(on, [...given.weights, ...kept, [seeds.output, given.output]]);
  joinSteps(on, whole, evaluations, new Set(), first);
  const firstAt = partsOf(
    on,
    steps,
    first.map((of) => [of, whole.of(of)] as const),
    ofStates,
  );

  let gradient = given.state;
  for (let step = steps - 1; step >= 0; step--) {
    const now = evaluations[step] as Evaluation<T>;
    for (const [name, seed] of Object.entries(seeds.state)) now.set(seed, gradient[name] as T);
    for (const [of, value] of firstAt(step)) now.set(of, value);
    gradient = mapNamed(back.state, (of, name) =>
      of ? now.of(of) : on.zerosLike(now.of(cell.state[name] as Expression)),
    );
  }

  const roots = [...back.inputs, ...back.terms.flatMap(({ left, right }) => (left ? [left, right] : [right]))];
  joinSteps(on, whole, evaluations, new Set(ofState(ofStates, (of) => isKept.has(of) || isFirst(of))), roots);
  return {
    state: gradient,
    inputs: back.inputs.map((of) => whole.of(of)),
    terms: totals(on, back.terms, whole, product),
  };
}

/** Of values of all time steps, those of each that roots are made of; to split others would cost something where that copies. */
function partsOf<T>(
  on: Interpreter<T>,
  steps: number,
  values: Values<T>,
  roots: readonly Expression[],
  isApart = (_: Expression): boolean => false,
): (step: number) => Values<T> {
  const given = new Set(values.map(([of]) => of));
  const needed = new Set(firstOnTheWay(roots, (of) => given.has(of) || isApart(of)));
  const parts = values.flatMap(([of, whole]) => (needed.has(of) ? [[of, on.splitRows(whole, steps)] as const] : []));
  return (step) => parts.map(([of, ofSteps]) => [of, ofSteps[step] as T] as const);
}

/** What was computed at each time step, or is known at each only, is put together where roots are made of it. */
function joinSteps<T>(
  on: Interpreter<T>,
  whole: Evaluation<T>,
  evaluations: readonly Evaluation<T>[],
  perStep: ReadonlySet<Expression>,
  roots: readonly Expression[],
): void {
  const together = firstOnTheWay(roots, (of) => whole.has(of) || perStep.has(of) || of.operation === 'leaf');
  for (const of of together) if (!whole.has(of)) whole.set(of, on.joinRows(evaluations.map((now) => now.of(of))));
}

/** What depends on the state, of what roots are made of. */
function ofState(roots: readonly Expression[], isApart = (_: Expression): boolean => false): Expression[] {
  return reachable(roots, (of) => of.dependence === 'state' && !isApart(of));
}

/** Whether an expression is made of one of these. */
function madeOf(leaves: readonly Expression[]): (expression: Expression) => boolean {
  const known = new Map(leaves.map((leaf) => [leaf, true]));
  const isMadeOf = (expression: Expression): boolean => {
    const found = known.get(expression) ?? expression.args.some(isMadeOf);
    known.set(expression, found);
    return found;
  };
  return isMadeOf;
}

/** aᵀ·b, as exactly as somebody wants it. */
export type ProductOfTransposed<T> = (a: T, b: T) => T;

/** What terms add up to, by what they are of, in the order in which that first comes. */
export function totals<T>(
  on: Interpreter<T>,
  terms: readonly Term[],
  values: Evaluation<T>,
  product: ProductOfTransposed<T> = (a, b) => on.productOfTransposed(a, b),
): T[] {
  return targetsOf(terms).map((target) =>
    terms
      .filter(({ to }) => to === target)
      .map(({ left, right }) => (left ? product(values.of(left), values.of(right)) : on.sumOfRows(values.of(right))))
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
