import type * as tf from '@tensorflow/tfjs';
import { Evaluation } from '../../graph/Evaluation.js';
import { exactly, type Groups } from '../../graph/Groups.js';
import type { Operations } from '../../graph/Interpreter.js';
import type { Plan } from '../../graph/Plan.js';
import { nativeBackend } from '../../graph/run/tensorflow/nativeBinding.js';
import { valuesOf } from '../../graph/steps.js';
import { mapValues } from '../mapValues.js';
import type { StateNumbers } from '../RecurrentState.js';
import { withEngine } from './computeNetwork.js';
import type { Engine } from './Engine.js';
import { logProbabilities } from './maskedLoss.js';
import { NativeEngine } from './NativeEngine.js';
import type { Network } from './Network.js';
import { tensorsInOrder } from './sequences.js';
import { TfjsEngine } from './TfjsEngine.js';
import { weightValues } from './weightValues.js';

/** What one time step gives. */
export interface StepNumbers {
  /** `[hypotheses × vocabulary]`, row-major, in nats. */
  readonly logProbabilities: Float32Array;
  /** The new state of each layer. */
  readonly layers: readonly StateNumbers[];
}

/** What time steps want of the weights, for as long as these do not change. */
interface HeldWeights<T> {
  /** What the weights' numbers are called; a weight that was assigned to, or that was on another backend in between, has others. */
  readonly madeOf: readonly unknown[];
  /** The embedding's numbers. To copy a few rows of them costs less here than a call of a kernel. */
  readonly embedding: Float32Array;
  /** What the first layer makes of tokens alone, its plan's `inputs`, for the whole vocabulary; `undefined` where that would be too large. */
  readonly table: readonly T[] | undefined;
  /** Of each layer, `inputs` (not of the first where there is a table) and `steps` of its plan. */
  readonly weights: readonly T[];
  readonly projection: readonly T[];
  /** Owns what was made of them. */
  readonly engine: Engine<T>;
}

/** A table takes no more than so many bytes. */
const MOST_TABLE = 2 ** 25;

/**
 * One time step of a language model for some hypotheses: on TensorFlow, one call. For a few hypotheses, plain operations cost far more in
 * calls than in arithmetic: `npm run bench:decode` shows the gain.
 */
export class StepRun {
  #held: HeldWeights<unknown> | undefined;

  /** One time step from the states of the layers, in which each hypothesis reads its id. */
  next(network: Network, states: readonly StateNumbers[], ids: Int32Array): StepNumbers {
    const { embedding, table, weights, projection } = this.#hold(network);
    const width = network.embedding.shape[1];
    return withEngine(<T>(engine: Engine<T>) => {
      const rows = (values: Float32Array): T => engine.floats([ids.length, values.length / ids.length], values);
      const given = {
        tokens: [rows(table ? Float32Array.from(ids) : rowsOf(embedding, ids, width))],
        table: (table ?? []) as T[],
        state: states.flatMap((parts) => Object.values(parts).map(rows)),
        weights: weights as T[],
        projection: projection as T[],
      };
      const name = table ? 'one time step of ids' : 'one time step';
      const after = engine.run(this, name, given, (on, all) => step(on, network, all));
      const state = after.state.map((part) => engine.numbers(part));
      return {
        logProbabilities: engine.numbers(...exactly(1, after.logProbabilities)),
        layers: states.map((parts) => mapValues(parts, () => state.shift() as Float32Array)),
      };
    });
  }

  /** Frees what it holds. */
  dispose(): void {
    this.#held?.engine.close();
    this.#held = undefined;
  }

  #hold(network: Network): HeldWeights<unknown> {
    const tensors = tensorsInOrder(network);
    const backend = nativeBackend();
    const madeOf = backend ? backend.getInputTensorIds(tensors) : tensors.map(({ dataId }) => dataId);
    const held = this.#held;
    if (held?.madeOf.every((id, place) => id === madeOf[place])) return held;
    this.dispose();
    const made = backend
      ? holdWeights(new NativeEngine(backend), network)
      : holdWeights<tf.Tensor>(new TfjsEngine(), network);
    this.#held = { ...made, madeOf } as HeldWeights<unknown>;
    return this.#held;
  }
}

function holdWeights<T>(engine: Engine<T>, network: Network): Omit<HeldWeights<T>, 'madeOf'> {
  const { embedding, layers, projection, projectionBias } = network;
  try {
    let table: readonly T[] | undefined;
    const weights = layers.flatMap(({ plan, weights }, layer) => {
      const values = mapValues(weights, (weight) => engine.valueOf(weight));
      const ofInputs = weightValues(engine, plan, 'inputs', values);
      if (layer === 0) table = tableOf(engine, plan, ofInputs, embedding);
      const isInTable = layer === 0 && table !== undefined;
      return [...(isInTable ? [] : ofInputs), ...weightValues(engine, plan, 'steps', values)];
    });
    return {
      engine,
      embedding: embedding.dataSync() as Float32Array,
      table,
      weights,
      projection: [engine.valueOf(projection ?? embedding), engine.valueOf(projectionBias)],
    };
  } catch (error) {
    engine.close();
    throw error;
  }
}

/** What a layer makes of each token of the vocabulary alone. */
function tableOf<T>(engine: Engine<T>, plan: Plan, weights: readonly T[], embedding: tf.Tensor): T[] | undefined {
  const [vocabulary = 0] = embedding.shape;
  const width = plan.inputs.reduce((sum, of) => sum + of.width, 0);
  if (width === 0 || 4 * vocabulary * width > MOST_TABLE) return undefined;
  const given = { x: [engine.valueOf(embedding)], weights };
  const { made } = engine.run(plan, 'inputs of the vocabulary', given, (on, all) => {
    const values = new Evaluation(on, [
      ...valuesOf([plan.cell.input], all.x),
      ...valuesOf(plan.weights.inputs, all.weights),
    ]);
    return { made: plan.inputs.map((of) => values.of(of)) };
  });
  return [...made];
}

/** Tokens, embedded or as ids of rows of a table, to log-probabilities, through all layers. */
function step<T>(
  on: Operations<T>,
  { layers, projection: untied }: Network,
  given: Groups<T, 'tokens' | 'table' | 'state' | 'weights' | 'projection'>,
): Groups<T, 'logProbabilities' | 'state'> {
  const [state, weights] = [[...given.state], [...given.weights]];
  const take = (of: Plan['inputs'], values: T[]) => valuesOf(of, values.splice(0, of.length));
  const [tokens] = exactly(1, given.tokens);
  let x = tokens;
  const after = layers.flatMap(({ plan }, layer) => {
    const { cell } = plan;
    const rows = layer === 0 ? given.table.map((table) => on.pick(table, tokens)) : [];
    const isInTable = rows.length > 0;
    const ofTokens = isInTable ? valuesOf(plan.inputs, rows) : take(plan.weights.inputs, weights);
    const values = new Evaluation(on, [
      ...ofTokens,
      ...take(plan.weights.steps, weights),
      ...take(Object.values(cell.state), state),
      ...(isInTable ? [] : [[cell.input, x] as const]),
    ]);
    const parts = Object.values(cell.next).map((part) => values.of(part));
    x = values.of(cell.output);
    return parts;
  });
  const [matrix, bias] = exactly(2, given.projection);
  return { logProbabilities: [logProbabilities(on, x, matrix, bias, untied === undefined)], state: after };
}

function rowsOf(embedding: Float32Array, ids: Int32Array, size: number): Float32Array {
  const rows = new Float32Array(ids.length * size);
  for (const [place, id] of ids.entries()) rows.set(embedding.subarray(id * size, (id + 1) * size), place * size);
  return rows;
}
