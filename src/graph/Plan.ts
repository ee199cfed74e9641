import { type Derived, derive, type Term } from './derive.js';
import type { Expression } from './Expression.js';
import { isElementwise } from './operationNames.js';
import type { TracedCell } from './TracedCell.js';
import { firstOnTheWay, reachable } from './walk.js';

/** Expressions by name. */
type Named<T> = Readonly<Record<string, T>>;

/**
 * What of a cell is computed when, derived from its equation:
 *
 * - what depends on weights alone, once;
 * - what depends on inputs, not on the state, for whole chunks of time steps: `inputs` are what time steps take of it;
 * - what depends on the state, at each time step;
 *
 * and the way back through each, with what of the way forward it needs: `kept`, `keptInputs`.
 */
export class Plan {
  readonly cell: TracedCell;
  /** What time steps take of what was computed of the inputs. */
  readonly inputs: readonly Expression[];
  /** What ways back take of what was computed of the inputs. */
  readonly keptInputs: readonly Expression[];
  /** What ways back take of a time step, the state after it among it. */
  readonly kept: readonly Expression[];
  /** Gradients that are given: of the output, of the state after a time step, of those of `inputs` that have one. */
  readonly seeds: {
    readonly output: Expression;
    readonly state: Named<Expression>;
    readonly inputs: readonly Expression[];
  };
  /** The way back through a time step: gradients of the state before it (`undefined`: none), and of `inputs` as `seeds` has them. */
  readonly back: {
    readonly state: Named<Expression | undefined>;
    readonly inputs: readonly Expression[];
    readonly terms: readonly Term[];
  };
  /** The way back through what was computed of the inputs. */
  readonly inputsBack: { readonly input: Expression | undefined; readonly terms: readonly Term[] };
  /** What the terms of both are of; and of what is not a weight itself, how it comes to weights. */
  readonly weightsBack: {
    readonly targets: readonly Expression[];
    readonly seeds: ReadonlyMap<Expression, Expression>;
    readonly gradients: Named<Expression>;
  };

  /** What each part is given of weights, leaves or made of them. */
  readonly weights: Readonly<Record<'inputs' | 'steps' | 'back' | 'inputsBack', readonly Expression[]>>;

  constructor(cell: TracedCell) {
    const { graph, input, state, weights, output, next } = cell;
    this.cell = cell;
    const made = madeBy(cell);
    this.inputs = inputsOf(cell);
    const seed = (name: string, of: Expression, dependence = of.dependence): Expression =>
      graph.leaf(`∂${name}`, of.shape, dependence);
    const ofOutput = seed('output', output, 'state');
    const ofState = mapNamed(next, (part, name) => seed(`state.${name}`, part, 'state'));
    const ofStep = merged([
      [output, ofOutput] as const,
      ...Object.entries(next).map(([name, part]) => [part, ofState[name] as Expression] as const),
    ]);
    const step = derive(ofStep, isOfStep);
    const reached = this.inputs.filter((of) => step.gradients.has(of));
    this.seeds = {
      output: ofOutput,
      state: ofState,
      inputs: reached.map((of, at) => seed(`inputs.${at}`, of)),
    };
    this.back = {
      state: mapNamed(state, (part) => step.gradients.get(part)),
      inputs: given(reached.map((of) => step.gradients.get(of))),
      terms: step.terms,
    };
    const ofInputs = derive(
      new Map(reached.map((of, at) => [of, this.seeds.inputs[at] as Expression])),
      ({ dependence }) => dependence === 'inputs',
    );
    this.inputsBack = { input: ofInputs.gradients.get(input), terms: ofInputs.terms };
    this.weightsBack = weightsBack(weights, [...step.terms, ...ofInputs.terms]);

    const forward = new Set(reachable([output, ...Object.values(next)], () => true));
    const needed = new Needed(forward, Object.values(next));
    const ofBack = [...given(Object.values(this.back.state)), ...this.back.inputs, ...ofTerms(step.terms)];
    const ofInputsBack = [...given([this.inputsBack.input]), ...ofTerms(ofInputs.terms)];
    needed.add(ofBack);
    needed.add(ofInputsBack, input);
    this.kept = needed.ofSteps;
    this.keptInputs = needed.ofInputs;
    this.weights = {
      inputs: weightsOf([...this.inputs, ...this.keptInputs]),
      steps: weightsOf(made),
      back: weightsOf(ofBack),
      inputsBack: weightsOf(ofInputsBack),
    };
  }
}

/** What a time step makes, for later steps and for observers. */
export function madeBy({ output, next, gates }: TracedCell): Expression[] {
  return [output, ...Object.values(next), ...Object.values(gates)];
}

/** What time steps take of what is computed of the inputs. */
export function inputsOf(cell: TracedCell): Expression[] {
  return firstOnTheWay(madeBy(cell), isOfInputs);
}

/** Expressions of weights alone, leaves too, that these roots need. */
export function weightsOf(roots: readonly Expression[]): Expression[] {
  return firstOnTheWay(roots, ({ dependence, operation }) => dependence === 'weights' && operation !== 'constant');
}

/** What of a way forward ways back need: what they touch, unless a cheap operation makes it again of what is there anyway. */
class Needed {
  readonly #forward: ReadonlySet<Expression>;
  readonly #steps = new Set<Expression>();
  readonly #inputs = new Set<Expression>();

  constructor(forward: ReadonlySet<Expression>, always: readonly Expression[]) {
    this.#forward = forward;
    for (const expression of always) this.#keep(expression);
  }

  get ofSteps(): Expression[] {
    return [...this.#steps];
  }

  get ofInputs(): Expression[] {
    return [...this.#inputs];
  }

  /** What ways back are made of; `given` they have anyway. */
  add(roots: readonly Expression[], given?: Expression): void {
    const touched = firstOnTheWay(roots, (expression) => this.#forward.has(expression));
    for (const expression of touched.sort((a, b) => a.id - b.id)) if (expression !== given) this.#need(expression);
  }

  #need(expression: Expression): void {
    if (!this.#isThere(expression) && !this.#isMadeAgain(expression)) this.#keep(expression);
  }

  #keep(expression: Expression): void {
    if (expression.dependence === 'state') this.#steps.add(expression);
    else this.#inputs.add(wholeOf(expression));
  }

  #isThere(expression: Expression): boolean {
    // Ways back through time steps have the state, not the input.
    if (expression.dependence === 'weights' || (expression.operation === 'leaf' && expression.dependence === 'state'))
      return true;
    return this.#steps.has(expression) || this.#inputs.has(wholeOf(expression));
  }

  #isMadeAgain({ operation, args, dependence }: Expression): boolean {
    if (!isElementwise(operation) || dependence !== 'state') return false;
    const free = args.every((arg) => this.#isThere(arg) || arg.dependence === 'inputs');
    if (free) for (const arg of args) this.#need(arg);
    return free;
  }
}

function weightsBack(weights: Named<Expression>, terms: readonly Term[]): Plan['weightsBack'] {
  const targets = [...new Set(terms.map(({ to }) => to))];
  const seeds = new Map(targets.map((to, at) => [to, to.graph.leaf(`∂weights.${at}`, to.shape, 'weights')]));
  const { gradients }: Derived = derive(seeds, ({ dependence }) => dependence === 'weights');
  const reached = Object.entries(weights).flatMap(([name, weight]) => {
    const gradient = gradients.get(weight);
    return gradient ? [[name, gradient] as const] : [];
  });
  return { targets, seeds, gradients: Object.fromEntries(reached) };
}

/** Whether it is computed of inputs for whole chunks; blocks of columns are cut at each time step. */
function isOfInputs({ dependence, operation }: Expression): boolean {
  return dependence === 'inputs' && operation !== 'columns';
}

/** Whether it is computed at each time step: of the state, or cut out of what is computed of inputs. */
export function isOfStep({ dependence, operation }: Expression): boolean {
  return dependence === 'state' || (dependence === 'inputs' && operation === 'columns');
}

function wholeOf(expression: Expression): Expression {
  const [whole] = expression.args;
  return expression.operation === 'columns' && whole ? wholeOf(whole) : expression;
}

function ofTerms(terms: readonly Term[]): Expression[] {
  return terms.flatMap(({ left, right }) => (left ? [left, right] : [right]));
}

function given(expressions: readonly (Expression | undefined)[]): Expression[] {
  return expressions.filter((expression) => expression !== undefined);
}

/** Where an expression has several seeds (an output that is also the state), their sum. */
function merged(seeds: readonly (readonly [Expression, Expression])[]): Map<Expression, Expression> {
  const sums = new Map<Expression, Expression>();
  for (const [node, seed] of seeds) sums.set(node, sums.get(node)?.plus(seed) ?? seed);
  return sums;
}

function mapNamed<A, B>(named: Named<A>, change: (value: A, name: string) => B): Named<B> {
  return Object.fromEntries(Object.entries(named).map(([name, value]) => [name, change(value, name)]));
}
