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
  /** Of each layer, `inputs` and `steps` of its plan. */
  readonly weights: readonly T[];
  readonly projection: readonly T[];
  /** Owns what was made of them. */
  readonly engine: Engine<T>;
}

/**
 * One time step of a language model for some hypotheses: on TensorFlow, one call. For a few hypotheses, plain operations cost far more in
 * calls than in arithmetic: `npm run bench:decode` shows the gain.
 */
export class StepRun {
  #held: HeldWeights<unknown> | undefined;

  /** One time step from the states of the layers, in which each hypothesis reads its id. */
  next(network: Network, states: readonly StateNumbers[], ids: Int32Array): StepNumbers {
    const { embedding, weights, projection } = this.#hold(network);
    const width = network.embedding.shape[1];
    return withEngine(<T>(engine: Engine<T>) => {
      const rows = (values: Float32Array): T => engine.floats([ids.length, values.length / ids.length], values);
      const given = {
        embedded: [rows(rowsOf(embedding, ids, width))],
        state: states.flatMap((parts) => Object.values(parts).map(rows)),
        weights: weights as T[],
        projection: projection as T[],
      };
      const after = engine.run(this, 'one time step', given, (on, all) => step(on, network, all));
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
    const weights = layers.flatMap(({ plan, weights }) => {
      const values = mapValues(weights, (weight) => engine.valueOf(weight));
      return [...weightValues(engine, plan, 'inputs', values), ...weightValues(engine, plan, 'steps', values)];
    });
    return {
      engine,
      embedding: embedding.dataSync() as Float32Array,
      weights,
      projection: [engine.valueOf(projection ?? embedding), engine.valueOf(projectionBias)],
    };
  } catch (error) {
    engine.close();
    throw error;
  }
}

/** Embedded tokens to log-probabilities, through all layers. */
function step<T>(
  on: Operations<T>,
  { layers, projection: untied }: Network,
  given: Groups<T, 'embedded' | 'state' | 'weights' | 'projection'>,
): Groups<T, 'logProbabilities' | 'state'> {
  const [state, weights] = [[...given.state], [...given.weights]];
  const take = (of: Plan['inputs'], values: T[]) => valuesOf(of, values.splice(0, of.length));
  let [x] = exactly(1, given.embedded);
  const after = layers.flatMap(({ plan }) => {
    const { cell } = plan;
    const ofInputs = take(plan.weights.inputs, weights);
    const values = new Evaluation(on, [
      ...ofInputs,
      ...take(plan.weights.steps, weights),
      ...take(Object.values(cell.state), state),
      [cell.input, x],
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
