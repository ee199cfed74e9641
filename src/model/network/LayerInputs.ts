import { Evaluation } from '../../graph/Evaluation.js';
import type { Expression } from '../../graph/Expression.js';
import type { Plan } from '../../graph/Plan.js';
import { totals, valuesOf } from '../../graph/steps.js';
import type { Named } from '../mapValues.js';
import { GRAPH_STEPS } from './chunks.js';
import type { Engine } from './Engine.js';
import { type GradientPrecision, gradientProduct } from './gradientProduct.js';
import { Sum } from './Sum.js';
import { weightValues } from './weightValues.js';

/** What a layer computes of its inputs alone, for whole chunks of time steps. */
export interface LayerInputs<T> {
  /** The values of `plan.inputs` and `plan.keptInputs` in a chunk, `[steps·batch × …]` each, the caller's. */
  chunk(from: number, steps: number): ReadonlyMap<Expression, T>;
  /** The way back, with products for gradients of weights in this precision: the last chunk first. */
  back(precision: GradientPrecision): LayerInputsBack<T>;
}

/** Adds up gradients of what a layer computes of its inputs. */
export interface LayerInputsBack<T> {
  /** Takes the gradients of a chunk, as `plan.seeds.inputs` has them, and what was kept of it; they stay the caller's. */
  add(from: number, steps: number, gradients: readonly T[], kept: readonly T[]): void;
  /** ∂loss/∂input, and ∂loss/∂ what the terms of `plan.inputsBack` are of. */
  total(): { input: T | undefined; terms: T[] };
}

/**
 * Whether a table is worth its while for so many tokens, `batch` of them a time step: the time steps that are made at once have a
 * gradient of the table's size.
 */
export function tablePays(vocabulary: number, tokens: number, batch: number): boolean {
  return vocabulary < Math.min(tokens, GRAPH_STEPS[0] * batch);
}

/**
 * Inputs that are rows of an embedding, by token id. What a layer makes of them it makes once for each token of the vocabulary, and
 * looks it up; gradients are summed by id. It pays for a small vocabulary: `tablePays`.
 */
export function tableInputs<T>(
  engine: Engine<T>,
  plan: Plan,
  weights: Named<T>,
  embedding: T,
  { ids, batch, vocabulary }: { ids: Int32Array; batch: number; vocabulary: number },
): LayerInputs<T> {
  const wanted = wantedOf(plan);
  const tables = valuesOfInputs(engine, plan, weights, embedding);
  const idsOf = (from: number, steps: number): Int32Array => ids.subarray(from * batch, (from + steps) * batch);
  return {
    chunk: (from, steps) =>
      new Map(wanted.map((of) => [of, engine.gather(tables.get(of) as T, idsOf(from, steps))] as const)),
    back(precision) {
      const sums = plan.seeds.inputs.map(() => new Sum(engine));
      return {
        add(from, steps, gradients) {
          for (const [at, sum] of sums.entries())
            sum.add(engine.sumByIds(gradients[at] as T, idsOf(from, steps), vocabulary));
        },
        total() {
          const kept = plan.keptInputs.map((of) => tables.get(of) as T);
          const compute = backOf(engine, plan, weights, precision);
          return compute(
            embedding,
            sums.map((sum) => sum.total()),
            kept,
          );
        },
      };
    },
  };
}

/** Inputs from a layer below, or embedded tokens: `rows [time·batch × input]`. */
export function denseInputs<T>(
  engine: Engine<T>,
  plan: Plan,
  weights: Named<T>,
  rows: T,
  batch: number,
): LayerInputs<T> {
  const slice = (from: number, steps: number): T => engine.rows(rows, from * batch, steps * batch);
  const compute = inputsOf(engine, plan, weights);
  return {
    chunk(from, steps) {
      const x = slice(from, steps);
      const values = compute(x);
      engine.free(x);
      return values;
    },
    back(precision) {
      const compute = backOf(engine, plan, weights, precision);
      const sums: Sum<T>[] = [];
      const ofInput: T[] = [];
      return {
        add(from, steps, gradients, kept) {
          const x = slice(from, steps);
          const { input, terms } = compute(x, gradients, kept);
          engine.free(x);
          if (input !== undefined) ofInput.unshift(input);
          for (const [at, term] of terms.entries()) {
            sums[at] ??= new Sum(engine);
            sums[at].add(term);
          }
        },
        total() {
          const input = ofInput.length > 0 ? engine.joinRows(ofInput) : undefined;
          engine.free(...ofInput);
          return { input, terms: sums.map((sum) => sum.total()) };
        },
      };
    },
  };
}

function wantedOf({ inputs, keptInputs }: Plan): Expression[] {
  return [...new Set([...inputs, ...keptInputs])];
}

function valuesOfInputs<T>(engine: Engine<T>, plan: Plan, weights: Named<T>, x: T): ReadonlyMap<Expression, T> {
  return inputsOf(engine, plan, weights)(x);
}

/** Computes what depends on inputs alone. */
function inputsOf<T>(engine: Engine<T>, plan: Plan, weights: Named<T>): (x: T) => ReadonlyMap<Expression, T> {
  const wanted = wantedOf(plan);
  const ofWeights = weightValues(engine, plan, 'inputs', weights);
  return (x) => {
    const computed = engine.run(plan, 'inputs', { x: [x], weights: ofWeights }, (on, given) => {
      const values = new Evaluation(on, [
        ...valuesOf([plan.cell.input], given.x),
        ...valuesOf(plan.weights.inputs, given.weights),
      ]);
      return { made: wanted.map((of) => values.of(of)) };
    });
    return new Map(valuesOf(wanted, computed.made));
  };
}

/** Computes the way back through it, from inputs, gradients and what was kept. */
function backOf<T>(engine: Engine<T>, plan: Plan, weights: Named<T>, precision: GradientPrecision) {
  const ofWeights = weightValues(engine, plan, 'inputsBack', weights);
  const { inputsBack, seeds, keptInputs } = plan;
  return (x: T, gradients: readonly T[], kept: readonly T[]): { input: T | undefined; terms: T[] } => {
    const given = { x: [x], weights: ofWeights, gradients, kept };
    const computed = engine.run(plan, `inputs, backward, ${precision}`, given, (on, all) => {
      const values = new Evaluation(on, [
        ...valuesOf([plan.cell.input], all.x),
        ...valuesOf(plan.weights.inputsBack, all.weights),
        ...valuesOf(seeds.inputs, all.gradients),
        ...valuesOf(keptInputs, all.kept),
      ]);
      const input = inputsBack.input ? [values.of(inputsBack.input)] : [];
      return { input, terms: totals(on, inputsBack.terms, values, gradientProduct(on, precision)) };
    });
    return { input: computed.input[0], terms: [...computed.terms] };
  };
}
