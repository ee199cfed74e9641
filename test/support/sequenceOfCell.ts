import { Evaluation } from '../../src/graph/Evaluation.js';
import type { Expression } from '../../src/graph/Expression.js';
import type { Plan } from '../../src/graph/Plan.js';
import type { arrays, Matrix } from '../../src/graph/run/arrays.js';
import { stepsBackward, stepsForward, targetsOf, totals, valuesOf } from '../../src/graph/steps.js';

type Named = Readonly<Record<string, Matrix>>;

/** A sequence for a cell, and what its outputs are weighted with in the loss. */
export interface SequenceOfCell {
  readonly x: Matrix;
  readonly outputGradient: Matrix;
  readonly before: Named;
  readonly weights: Named;
}

/** Σ outputs ⊗ weighting, one time step after the other, straight from the equation. */
export function sequenceLoss(
  on: ReturnType<typeof arrays>,
  { cell }: Plan,
  batch: number,
  given: SequenceOfCell,
): number {
  const time = given.x.rows / batch;
  let state = given.before;
  let loss = 0;
  for (let step = 0; step < time; step++) {
    const now = new Evaluation(on, [
      [cell.input, on.splitRows(given.x, time)[step] as Matrix],
      ...named(cell.state, state),
      ...named(cell.weights, given.weights),
    ]);
    const [output, weighting] = [now.of(cell.output), on.splitRows(given.outputGradient, time)[step] as Matrix];
    for (const [place, value] of output.data.entries()) loss += value * (weighting.data[place] as number);
    state = Object.fromEntries(Object.entries(cell.next).map(([name, part]) => [name, now.of(part)]));
  }
  return loss;
}

/** Its gradients by the derived way back, so many time steps at a time; `first NAME` are those of the first state. */
export function sequenceGradients(
  on: ReturnType<typeof arrays>,
  plan: Plan,
  batch: number,
  steps: number,
  given: SequenceOfCell,
): Named {
  const { cell } = plan;
  const chunks = given.x.rows / batch / steps;
  const leaves = named(cell.weights, given.weights);
  const onWeights = new Evaluation(on, leaves);
  const weights = (of: readonly Expression[]) =>
    of.map((expression) => [expression, onWeights.of(expression)] as const);
  const xs = on.splitRows(given.x, chunks);
  let state = given.before;
  const made = xs.map((x) => {
    const before = state;
    const ofInputs = new Evaluation(on, [[cell.input, x], ...weights(plan.weights.inputs)]);
    const values = (list: readonly Expression[]) =>
      valuesOf(
        list,
        list.map((of) => ofInputs.of(of)),
      );
    const inputs = values(plan.inputs);
    const { after, wanted } = stepsForward(
      on,
      plan,
      steps,
      { weights: weights(plan.weights.steps), inputs, before },
      plan.kept,
    );
    state = after;
    return { before, kept: valuesOf(plan.kept, wanted), inputs: values(plan.keptInputs) };
  });
  let gradient: Named = Object.fromEntries(
    Object.entries(given.before).map(([name, part]) => [name, on.zerosLike(part)]),
  );
  const sums = new Map<Expression, Matrix>();
  const add = (to: readonly Expression[], terms: readonly Matrix[]): void => {
    for (const [at, of] of to.entries()) {
      const [sofar, term] = [sums.get(of), terms[at] as Matrix];
      sums.set(of, sofar ? on.add(sofar, term) : term);
    }
  };
  const ofX: Matrix[] = [];
  const { back, inputsBack, seeds } = plan;
  for (const [at, { before, kept, inputs }] of [...made.entries()].reverse()) {
    const output = on.splitRows(given.outputGradient, chunks)[at] as Matrix;
    const gave = stepsBackward(on, plan, steps, {
      weights: weights(plan.weights.back),
      output,
      state: gradient,
      before,
      kept,
      inputs,
    });
    gradient = gave.state;
    add(targetsOf(back.terms), gave.terms);
    const values = new Evaluation(on, [
      [cell.input, xs[at] as Matrix],
      ...inputs,
      ...valuesOf(seeds.inputs, gave.inputs),
      ...weights(plan.weights.inputsBack),
    ]);
    ofX.unshift(inputsBack.input ? values.of(inputsBack.input) : on.zerosLike(xs[at] as Matrix));
    add(targetsOf(inputsBack.terms), totals(on, inputsBack.terms, values));
  }
  const ofWeights = new Evaluation(on, [
    ...leaves,
    ...[...plan.weightsBack.seeds].map(([of, seed]) => [seed, sums.get(of) as Matrix] as const),
  ]);
  return {
    x: on.joinRows(ofX),
    ...Object.fromEntries(Object.entries(plan.weightsBack.gradients).map(([name, of]) => [name, ofWeights.of(of)])),
    ...Object.fromEntries(Object.entries(gradient).map(([name, part]) => [`first ${name}`, part])),
  };
}

function named(expressions: Readonly<Record<string, Expression>>, values: Named) {
  return Object.entries(expressions).map(([name, of]) => [of, values[name] as Matrix] as const);
}
