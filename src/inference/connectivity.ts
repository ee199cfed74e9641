import { planOf } from '../cells/planOf.js';
import { Evaluation } from '../graph/Evaluation.js';
import type { Expression } from '../graph/Expression.js';
import { isOfStep, type Plan } from '../graph/Plan.js';
import { arrays, type Matrix } from '../graph/run/arrays.js';
import { stepsBackward, stepsForward, type Values, valuesOf } from '../graph/steps.js';
import type { StoredModel } from '../model/readSavedModel.js';
import { layersOf, leafValues, matrixOf, type WeightedLayer } from './NetworkProgram.js';

/** Gradients are computed in float64: they get small. */
const on = arrays(Float64Array);

/**
 * Of ∂ log p(target) / ∂ embedding of each of the ids that a model read, in their order, the Euclidean norm; the target is what comes behind
 * them.
 */
export function connectivity(model: StoredModel, ids: Int32Array, target: number): Float64Array {
  const { config, weights } = model;
  const embedding = matrixOf(weights.get('embedding'));
  const passes: LayerPass[] = [];
  let rows = rowsOf(embedding, ids);
  for (const layer of layersOf(model)) {
    const pass = new LayerPass(planOf(model.cell, layer.sizes), layer, rows, ids.length);
    passes.push(pass);
    rows = pass.outputs;
  }
  let gradient: Matrix = on.zerosLike(rows);
  gradient.data.set(ofLastOutput(model, rows, target), (ids.length - 1) * config.hiddenSize);
  for (const pass of passes.toReversed()) gradient = pass.back(gradient);
  const { columns, data } = gradient;
  return Float64Array.from(ids, (_, step) => Math.hypot(...data.subarray(step * columns, (step + 1) * columns)));
}

/** A layer over one sequence: forward when it is made, then back. */
class LayerPass {
  /** What it gives at all time steps. */
  readonly outputs: Matrix;
  readonly #plan: Plan;
  readonly #ofWeights: Evaluation<Matrix>;
  readonly #rows: Matrix;
  readonly #steps: number;
  readonly #before: Readonly<Record<string, Matrix>>;
  readonly #made: ReadonlyMap<Expression, Matrix>;

  constructor(plan: Plan, { weights, initial }: WeightedLayer, rows: Matrix, steps: number) {
    const { cell } = plan;
    this.#plan = plan;
    this.#ofWeights = new Evaluation(on, leafValues(cell, weights));
    this.#rows = rows;
    this.#steps = steps;
    this.#before = Object.fromEntries(
      Object.entries(cell.state).map(([part, { width }]) => [
        part,
        { rows: 1, columns: width, data: Float64Array.from(initial[part] ?? new Float64Array(width)) },
      ]),
    );
    const ofInputs = new Evaluation(on, [...this.#weights('inputs'), [cell.input, rows]]);
    const inputs = [...new Set([...plan.inputs, ...plan.keptInputs])].map((of) => [of, ofInputs.of(of)] as const);
    const wanted = [...new Set([cell.output, ...plan.kept])].filter(isOfStep);
    const made = stepsForward(
      on,
      plan,
      steps,
      {
        weights: this.#weights('steps'),
        inputs: inputs.filter(([of]) => plan.inputs.includes(of)),
        before: this.#before,
      },
      wanted,
    );
    this.#made = new Map([...inputs, ...valuesOf(wanted, made.wanted)]);
    this.outputs = this.#made.get(cell.output) as Matrix;
  }

  /** From ∂/∂outputs to ∂/∂inputs. */
  back(output: Matrix): Matrix {
    const { cell, seeds, kept, keptInputs, back, inputsBack } = this.#plan;
    const made = (expressions: readonly Expression[]): Values<Matrix> =>
      expressions.map((of) => [of, this.#made.get(of) as Matrix]);
    // Of weights nothing is wanted.
    const plan: Plan = { ...this.#plan, back: { ...back, terms: [] } };
    const { inputs } = stepsBackward(on, plan, this.#steps, {
      weights: this.#weights('back'),
      output,
      state: Object.fromEntries(Object.entries(this.#before).map(([part, rows]) => [part, on.zerosLike(rows)])),
      before: this.#before,
      kept: made(kept),
      inputs: made(keptInputs),
    });
    if (!inputsBack.input) return on.zerosLike(this.#rows);
    return new Evaluation(on, [
      ...this.#weights('inputsBack'),
      ...valuesOf(seeds.inputs, inputs),
      ...made(keptInputs),
      [cell.input, this.#rows],
    ]).of(inputsBack.input);
  }

  #weights(part: keyof Plan['weights']): Values<Matrix> {
    return this.#plan.weights[part].map((of) => [of, this.#ofWeights.of(of)]);
  }
}

/** ∂ log p(target) / ∂ the last output: of the logits, 1 − p for the target and −p for the others. */
function ofLastOutput({ weights }: StoredModel, outputs: Matrix, target: number): Float64Array {
  const bias = matrixOf(weights.get('projectionBias'));
  const projection = weights.get('projection');
  const last = {
    rows: 1,
    columns: outputs.columns,
    data: outputs.data.subarray((outputs.rows - 1) * outputs.columns) as Float64Array,
  };
  const untied = projection && matrixOf(projection);
  const tied = matrixOf(weights.get('embedding'));
  const logits = on.add(untied ? on.product(last, untied) : on.productWithTransposed(last, tied), bias)
    .data as Float64Array;
  const largest = logits.reduce((most, logit) => Math.max(most, logit), -Infinity);
  const powers = Float64Array.from(logits, (logit) => Math.exp(logit - largest));
  const sum = powers.reduce((total, power) => total + power, 0);
  const ofLogits = {
    rows: 1,
    columns: powers.length,
    data: powers.map((power, id) => Number(id === target) - power / sum),
  };
  const made = untied ? on.productWithTransposed(ofLogits, untied) : on.product(ofLogits, tied);
  return made.data as Float64Array;
}

function rowsOf({ columns, data }: Matrix, ids: Int32Array): Matrix {
  const rows = new Float64Array(ids.length * columns);
  for (const [place, id] of ids.entries()) rows.set(data.subarray(id * columns, (id + 1) * columns), place * columns);
  return { rows: ids.length, columns, data: rows };
}
