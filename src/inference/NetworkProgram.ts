import type { GivenSizes } from '../cells/cell.js';
import { initialWeightName } from '../cells/cell.js';
import { Evaluation } from '../graph/Evaluation.js';
import type { Expression } from '../graph/Expression.js';
import { inputsOf, madeBy, weightsOf } from '../graph/Plan.js';
import { arrays, type Matrix } from '../graph/run/arrays.js';
import type { Values } from '../graph/steps.js';
import type { TracedCell } from '../graph/TracedCell.js';
import { sizesOf } from '../model/ModelConfig.js';
import { mapValues } from '../model/mapValues.js';
import type { StoredModel } from '../model/readSavedModel.js';
import type { StoredTensor } from '../model/safetensors.js';
import type { Operand } from './program/Operand.js';
import type { Program } from './program/Program.js';
import { ProgramBuilder } from './program/ProgramBuilder.js';

/** A part of a layer's state: where it stands before a time step, and after it. */
export interface StatePart {
  readonly before: Operand;
  readonly after: Operand;
  /** Where it begins in the numbers of a state. */
  readonly from: number;
}

/** A model's time step as a program, and where in its memory things are. */
export interface NetworkProgram {
  readonly program: Program;
  /** The embedded token. */
  readonly embedded: Operand;
  /** What the first layer makes of the embedded token alone. */
  readonly ofToken: readonly Operand[];
  readonly state: readonly StatePart[];
  /** How many numbers a state has. */
  readonly stateWidth: number;
  /** The state before any token. */
  readonly initial: Float32Array;
  readonly logProbabilities: Operand;
  /** Of each layer, by name. */
  readonly gates: readonly Readonly<Record<string, Operand>>[];
  /** Behind which instruction each part ends: what is of the token, the state, the log-probabilities, the gates. */
  readonly ends: {
    readonly token: number;
    readonly state: number;
    readonly logProbabilities: number;
    readonly gates: number;
  };
}

/** A layer, and the values of its weights. */
export interface WeightedLayer {
  readonly sizes: GivenSizes;
  readonly cell: TracedCell;
  readonly weights: Readonly<Record<string, Matrix>>;
  /** Learned values of the first state, by its parts. */
  readonly initial: Readonly<Record<string, Float32Array>>;
}

/** The layers of a saved model. */
export function layersOf({ cell, config, weights }: StoredModel): WeightedLayer[] {
  return Array.from({ length: config.layers }, (_, layer): WeightedLayer => {
    const sizes = sizesOf(config, layer);
    const traced = cell.trace(sizes);
    const named = (name: string): StoredTensor | undefined => weights.get(`layers.${layer}.${name}`);
    const initial = Object.keys(traced.state).flatMap((part) => {
      const learned = config.initialState === 'learned' ? named(initialWeightName(part)) : undefined;
      return learned ? [[part, learned.values] as const] : [];
    });
    return {
      sizes,
      cell: traced,
      weights: mapValues(traced.weights, (_, name) => matrixOf(named(name))),
      initial: Object.fromEntries(initial),
    };
  });
}

/** The weights of an equation, and their values. */
export function leafValues(cell: TracedCell, weights: Readonly<Record<string, Matrix>>): Values<Matrix> {
  return Object.entries(cell.weights).map(([name, of]) => [of, weights[name] as Matrix]);
}

/** Records a model's time step: embedded token → layers → log-probabilities; then what only those want who look at gates. */
export function networkProgram(model: StoredModel): NetworkProgram {
  const { config, weights } = model;
  const on = new ProgramBuilder();
  const embedded = on.rows(config.embeddingSize);
  const state: StatePart[] = [];
  const initial: Float32Array[] = [];
  let stateWidth = 0;
  let ofToken: readonly Operand[] | undefined;
  let token: number | undefined;
  let x = embedded;
  const layers = layersOf(model).map(({ cell, weights: given, initial: learned }) => {
    const ofCell = inputsOf(cell);
    const fixed = weightsOf([...ofCell, ...madeBy(cell)]);
    const ofWeights = new Evaluation(arrays(Float32Array), leafValues(cell, given));
    const known = fixed.map((of) => [of, on.fixed(ofWeights.of(of), of.shape.length === 2)] as const);
    const ofInputs = new Evaluation(on, [...known, [cell.input, x]]);
    const inputs = ofCell.map((of) => [of, ofInputs.of(of)] as const);
    ofToken ??= inputs.map(([, made]) => made);
    token ??= on.length;
    const before = Object.entries(cell.state).map(([part, of]) => [part, of, on.rows(of.width)] as const);
    const values = new Evaluation(on, [
      ...known,
      ...inputs,
      [cell.input, x],
      ...before.map(([, of, rows]) => [of, rows] as const),
    ]);
    for (const [part, { width }, rows] of before) {
      state.push({ before: rows, after: values.of(cell.next[part] as Expression), from: stateWidth });
      initial.push(learned[part] ?? new Float32Array(width));
      stateWidth += width;
    }
    x = values.of(cell.output);
    return { cell, values };
  });
  const ofState = on.length;
  const projection = weights.get('projection');
  const matrix = projection ? matrixOf(projection) : transposed(matrixOf(weights.get('embedding')));
  const logits = on.add(
    on.product(x, on.fixed(matrix, true)),
    on.fixed(matrixOf(weights.get('projectionBias')), false),
  );
  const logProbabilities = on.logSoftmax(logits);
  const ofLogProbabilities = on.length;
  const gates = layers.map(({ cell, values }) =>
    Object.fromEntries(Object.entries(cell.gates).map(([name, of]) => [name, values.of(of)])),
  );
  return {
    ...{ program: on.program(), embedded, ofToken: ofToken ?? [], state, gates, logProbabilities },
    ...{ stateWidth, initial: joined(initial, stateWidth) },
    ends: { token: token ?? 0, state: ofState, logProbabilities: ofLogProbabilities, gates: on.length },
  };
}

/** A tensor of a file as rows and columns; a row of weights is one row. */
export function matrixOf(tensor: StoredTensor | undefined): Matrix {
  if (!tensor) throw new TypeError('A weight is missing that was checked to be there');
  const [columns = 1, rows = 1] = tensor.shape.toReversed();
  return { rows, columns, data: tensor.values };
}

function joined(parts: readonly Float32Array[], length: number): Float32Array {
  const whole = new Float32Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function transposed(matrix: Matrix): Matrix {
  return arrays(Float32Array).transpose(matrix);
}
