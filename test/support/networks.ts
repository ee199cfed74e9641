import type { Tensor } from '@tensorflow/tfjs';
import { cellOf } from '../../src/cells/cells.js';
import { Evaluation } from '../../src/graph/Evaluation.js';
import { arrays, type Matrix } from '../../src/graph/run/arrays.js';
import { valuesOf } from '../../src/graph/steps.js';
import { pastDecodeShapes } from '../../src/model/checkObjective.js';
import {
  type ModelConfig,
  type ModelOptions,
  modelConfig,
  sizesOf,
  weightShapes,
} from '../../src/model/ModelConfig.js';
import { mapValues } from '../../src/model/mapValues.js';
import type { Engine } from '../../src/model/network/Engine.js';
import type { CarriedRows, Network, NetworkDropout, Sequences } from '../../src/model/network/Network.js';
import type { Objective } from '../../src/model/network/Objective.js';
import type { StepNumbers } from '../../src/model/network/StepRun.js';
import {
  gatesOfSequences,
  gradientsInOrder,
  lossOfSequences,
  tensorsInOrder,
} from '../../src/model/network/sequences.js';
import type { StateNumbers } from '../../src/model/RecurrentState.js';
import { networkOf } from '../../src/model/weights.js';
import { random } from '../../src/random.js';
import { tf } from '../../src/tf.js';
import { ArraysEngine } from './ArraysEngine.js';

/** A network, and sequences for it. */
export interface NetworkCase {
  readonly model: ModelOptions;
  readonly vocabulary: number;
  /** Lengths of the sequences. */
  readonly lengths: readonly number[];
  /** Of outputs, or of every place. */
  readonly dropout?: boolean | 'everywhere';
  /** Whether every other sequence goes on from a state. */
  readonly carried?: boolean;
  /** Whether all parts of the state that can be have zoneout; it is as in training where dropout is everywhere. */
  readonly zoned?: boolean;
  /** What is learned beside −log p. */
  readonly objective?: { readonly labelSmoothing?: number; readonly pastDecode?: number };
}

/** A network with random weights, in the scope. */
export function networkOfCase({
  model,
  vocabulary,
  lengths,
  dropout = false,
  zoned = false,
  objective,
}: NetworkCase): Network {
  const cell = cellOf(model.cell);
  const isScaled = 'stabilizer' in cell.state(sizesOf(modelConfig(model), 0));
  const config = modelConfig(zoned ? { ...model, zoneout: isScaled ? { hidden: 0.3 } : 0.3 } : model);
  const rows = lengths.length * Math.max(...lengths);
  const weights = [...weightShapes(cell, config, vocabulary)].map(([name, shape]) => {
    const { normal } = random(7, name);
    const size = shape.reduce((product, length) => product * length, 1);
    const scale = 1 / Math.sqrt(config.hiddenSize);
    const values = Float32Array.from({ length: size }, (_, at) => scale * normal(at));
    return [name, tf.tensor(values, shape)] as const;
  });
  const dropoutMask = (layer: number): Float32Array => {
    const { uniform } = random(3, `dropout ${layer}`);
    return Float32Array.from({ length: rows * config.hiddenSize }, (_, at) => (uniform(at) < 0.4 ? 0 : 1 / 0.6));
  };
  const mask = (what: string, size: number): Float32Array => {
    const { uniform } = random(4, what);
    return Float32Array.from({ length: size }, (_, at) => (uniform(at) < 0.2 ? 0 : 1 / 0.8));
  };
  const everywhere: NetworkDropout = {
    outputs: dropoutMask,
    embedding: mask('embedding', vocabulary),
    input: mask('input', rows * config.embeddingSize),
    state: (layer, width) => mask(`state ${layer}`, lengths.length * width),
    recurrentWeights: (layer, name, [height = 0, width = 0]) => mask(`${name} ${layer}`, height * width),
    renewed: (layer, part, width) => mask(`zoneout ${part} ${layer}`, rows * width).map(Math.sign),
  };
  return {
    ...networkOf(cell, config, Object.fromEntries(weights)),
    dropout: dropout === 'everywhere' ? everywhere : dropout ? { outputs: dropoutMask } : undefined,
    objective: objective && objectiveOfCase(objective, config, vocabulary),
  };
}

function objectiveOfCase(
  { labelSmoothing, pastDecode: weight = 0 }: NonNullable<NetworkCase['objective']>,
  config: ModelConfig,
  vocabulary: number,
): Objective {
  if (weight === 0) return { labelSmoothing };
  const shapes = pastDecodeShapes(config, vocabulary);
  const tensorOf = (name: keyof typeof shapes): Tensor => {
    const { normal } = random(8, name);
    const size = shapes[name].reduce((product, length) => product * length, 1);
    return tf.tensor(
      Float32Array.from({ length: size }, (_, at) => normal(at)),
      shapes[name],
    );
  };
  const own = { matrix: tensorOf('matrix'), bias: tensorOf('bias'), tokenBias: tensorOf('tokenBias') };
  return { labelSmoothing, pastDecode: { weight, ...own } };
}

/** Random ids, and a mask of the lengths. */
export function sequencesOfCase({ model, vocabulary, lengths, carried = false }: NetworkCase): Sequences {
  const [batch, time] = [lengths.length, Math.max(...lengths)];
  const { integer } = random(5, 'ids');
  const ids = (offset: number) =>
    Int32Array.from({ length: batch * time }, (_, at) => integer(offset + at, vocabulary));
  const mask = Float32Array.from({ length: batch * time }, (_, at) =>
    Math.floor(at / batch) < (lengths[at % batch] ?? 0) ? 1 : 0,
  );
  const sequences = { inputs: ids(0), targets: ids(1_000_000), mask, batch, time };
  return carried ? { ...sequences, carried: carriedRows(model, batch) } : sequences;
}

/** The first row goes on from a random state, the second begins, and so on. */
function carriedRows(model: ModelOptions, batch: number): CarriedRows {
  const config = modelConfig(model);
  const begins = Float32Array.from({ length: batch }, (_, row) => row % 2);
  const states = Array.from({ length: config.layers }, (_, layer) =>
    mapValues(cellOf(model.cell).state(sizesOf(config, layer)), (width, part) => {
      const { uniform } = random(11, `${part} ${layer}`);
      return Float32Array.from({ length: batch * width }, (_, at) =>
        begins[Math.floor(at / width)] === 1 ? 0 : 0.1 + uniform(at),
      );
    }),
  );
  return { begins, states };
}

/** Arrays by name. */
export type Numbers = Readonly<Record<string, ArrayLike<number>>>;

/** Loss with and without gradients, every gradient, and every gate. */
export function everythingOf<T>(engine: Engine<T>, network: Network, sequences: Sequences): Numbers {
  try {
    const { loss, gradients, states = [] } = lossOfSequences(engine, network, sequences, true);
    const alone = lossOfSequences(engine, network, sequences, false).loss;
    if (gradients === undefined) throw new TypeError('There are no gradients');
    const tensors = tensorsInOrder(network);
    const ofTensors = gradientsInOrder(network, gradients).map((gradient, at) => [
      `gradient ${at} [${tensors[at]?.shape}]`,
      engine.numbers(gradient),
    ]);
    const gates = gatesOfSequences(engine, network, sequences).flatMap((layer, at) =>
      Object.entries(layer).map(([name, gate]) => [`${name} of layer ${at} [${gate.shape}]`, gate.dataSync()]),
    );
    const last = states.flatMap((parts, at) =>
      Object.entries(parts).map(([name, part]) => [`last ${name} of layer ${at}`, part] as const),
    );
    return { loss: [loss], 'loss alone': [alone], ...Object.fromEntries([...ofTensors, ...gates, ...last]) };
  } finally {
    engine.close();
  }
}

/** The same in float64. */
export function everythingInFloat64(network: Network, sequences: Sequences): Numbers {
  return everythingOf(new ArraysEngine(), network, sequences);
}

/** One time step of decoding in float64, straight from the equations. */
export function stepInFloat64(network: Network, states: readonly StateNumbers[], ids: Int32Array): StepNumbers {
  const on = arrays(Float64Array);
  const engine = new ArraysEngine();
  const { embedding, projection, projectionBias } = network;
  let x = engine.gather(engine.valueOf(embedding), ids);
  const layers = network.layers.map(({ plan: { cell }, weights }, at) => {
    const rows = (values: Float32Array): Matrix => engine.floats([ids.length, values.length / ids.length], values);
    const values = new Evaluation(on, [
      [cell.input, x],
      ...valuesOf(
        Object.values(cell.weights),
        Object.keys(cell.weights).map((name) => engine.valueOf(weights[name] as Tensor)),
      ),
      ...valuesOf(
        Object.values(cell.state),
        Object.keys(cell.state).map((part) => rows(states[at]?.[part] as Float32Array)),
      ),
    ]);
    x = values.of(cell.output);
    return mapValues(cell.next, (part) => engine.numbers(values.of(part)));
  });
  const product = projection
    ? on.product(x, engine.valueOf(projection))
    : on.productWithTransposed(x, engine.valueOf(embedding));
  const { made } = engine.run(
    {},
    '',
    { logits: [on.add(product, engine.valueOf(projectionBias))] },
    (to, { logits = [] }) => ({
      made: logits.map((rows) => to.logSoftmax(rows)),
    }),
  );
  return { logProbabilities: engine.numbers(made?.[0] as Matrix), layers };
}
