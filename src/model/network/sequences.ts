import type * as tf from '@tensorflow/tfjs';
import { exactly } from '../../graph/Groups.js';
import { maskedState, recurrentWeights } from '../../graph/maskedState.js';
import { Plan } from '../../graph/Plan.js';
import { mapValues, type Named } from '../mapValues.js';
import type { StateNumbers } from '../RecurrentState.js';
import type { Engine } from './Engine.js';
import { carriedState, initialState } from './firstState.js';
import { denseInputs, type LayerInputs, tableInputs, tablePays } from './LayerInputs.js';
import { LayerRun } from './LayerRun.js';
import { logProbabilities, maskedLoss } from './maskedLoss.js';
import type { Network, NetworkDropout, NetworkGradients, NetworkLayer, Sequences } from './Network.js';
import { ownTensors } from './Objective.js';

/** What sequences are read by. */
export type InputSequences = Pick<Sequences, 'inputs' | 'batch' | 'time' | 'carried'>;

/** A layer over whole sequences, and what its outputs were multiplied by. */
interface Run<T> {
  readonly layer: LayerRun<T>;
  readonly mask: T | undefined;
  /** And what its recurrent weights were, by their names. */
  readonly ofWeights: Named<T>;
}

/** What comes of sequences. */
export interface SequencesLoss<T> {
  /** Σ mask·(−log p) in nats. */
  readonly loss: number;
  readonly gradients: NetworkGradients<T> | undefined;
  /** The layers' states behind them, where the sequences are `carried`. */
  readonly states: readonly StateNumbers[] | undefined;
}

/** Σ mask·(−log p) in nats, and where wanted gradients of what the network's objective makes of it, and the last states. */
export function lossOfSequences<T>(
  engine: Engine<T>,
  network: Network,
  sequences: Sequences,
  withGradients: boolean,
): SequencesLoss<T> {
  // Where rows go on, what a mask hides is still read.
  const unpadded = sequences.carried ? sequences : { ...sequences, inputs: withoutPadding(sequences) };
  const { runs, hidden, embeddingGradient } = forward(
    engine,
    network,
    unpadded,
    withGradients ? 'backward' : 'nothing',
  );
  const { embedding, projection, projectionBias } = network;
  const last = {
    matrix: engine.valueOf(projection ?? embedding),
    bias: engine.valueOf(projectionBias),
    tied: projection === undefined,
    vocabulary: embedding.shape[0],
  };
  const { labelSmoothing: smoothing, pastDecode, precision } = network.objective ?? {};
  const past = pastDecode && {
    tokens: sequences.inputs,
    weight: pastDecode.weight,
    values: [
      ...[engine.valueOf(embedding), engine.valueOf(pastDecode.matrix)],
      ...[engine.valueOf(pastDecode.bias), engine.valueOf(pastDecode.tokenBias)],
    ] as const,
  };
  const { loss, gradients } = maskedLoss(engine, hidden, last, { ...sequences, smoothing, past }, withGradients);
  const states = sequences.carried && lastStates(engine, network, runs);
  if (gradients === undefined) return { loss, gradients, states };

  let gradient: T | undefined = gradients.hidden;
  const layers = runs
    .toReversed()
    .map(({ layer, mask, ofWeights }) => {
      const below = gradient ?? engine.zeros([sequences.time * sequences.batch, layer.width]);
      const back = layer.backward(mask === undefined ? below : engine.multiply(below, mask), precision);
      gradient = back.input;
      return { ...back, weights: masked(engine, back.weights, ofWeights) };
    })
    .reverse();
  const ofInputs = gradient === undefined ? engine.zeros(embedding.shape) : embeddingGradient(gradient);
  const [ofDecoding, ...objective] = gradients.past;
  const ofEmbedding = [ofInputs, ...(last.tied ? [gradients.matrix] : []), ...(ofDecoding ? [ofDecoding] : [])];
  return {
    loss,
    states,
    gradients: {
      embedding: ofEmbedding.length > 1 ? engine.sum(ofEmbedding) : ofInputs,
      layers,
      projection: last.tied ? undefined : gradients.matrix,
      projectionBias: gradients.bias,
      objective,
    },
  };
}

/** Log-probabilities behind the last time step, `[batch × vocabulary]`, and the states there. */
export function readSequences<T>(
  engine: Engine<T>,
  network: Network,
  sequences: InputSequences,
): { logProbabilities: Float32Array; states: readonly StateNumbers[] } {
  const { embedding, projection, projectionBias } = network;
  const { batch, time } = sequences;
  const { runs, hidden } = forward(engine, network, sequences, 'nothing');
  const given = {
    hidden: [engine.rows(hidden, (time - 1) * batch, batch)],
    projection: [engine.valueOf(projection ?? embedding), engine.valueOf(projectionBias)],
  };
  const name = projection === undefined ? 'next token, tied' : 'next token';
  const made = engine.run(readSequences, name, given, (on, all) => {
    const [matrix, bias] = exactly(2, all.projection);
    return { rows: [logProbabilities(on, ...exactly(1, all.hidden), matrix, bias, projection === undefined)] };
  });
  return {
    logProbabilities: engine.numbers(...exactly(1, made.rows)),
    states: lastStates(engine, network, runs),
  };
}

function lastStates<T>(engine: Engine<T>, { layers }: Network, runs: readonly Run<T>[]): readonly StateNumbers[] {
  return runs.map(({ layer }, at) => {
    const parts = Object.keys(layers[at]?.plan.cell.state ?? {});
    return Object.fromEntries(parts.map((part, place) => [part, engine.numbers(layer.last[place] as T)]));
  });
}

/** The gates of every layer by name, each `[time·batch × …]`, which the caller disposes of. */
export function gatesOfSequences<T>(
  engine: Engine<T>,
  network: Network,
  sequences: InputSequences,
): Named<tf.Tensor2D>[] {
  const rows = sequences.batch * sequences.time;
  return forward(engine, network, sequences, 'gates').runs.map(({ layer }, at) =>
    mapValues(layer.gates(), (value, name) =>
      engine.tensor<tf.Tensor2D>(value, [rows, network.layers[at]?.plan.cell.gates[name]?.width ?? 0]),
    ),
  );
}

function forward<T>(
  engine: Engine<T>,
  { embedding, layers, dropout = {} }: Network,
  { inputs: ids, batch, time, carried }: InputSequences,
  then: 'backward' | 'gates' | 'nothing',
): { runs: Run<T>[]; hidden: T; embeddingGradient: (ofInputs: T) => T } {
  const vocabulary = embedding.shape[0];
  const ofTable = dropout.embedding && engine.floats([vocabulary, 1], dropout.embedding);
  const ofInput = dropout.input && engine.floats([ids.length, embedding.shape[1]], dropout.input);
  const table = times(engine, engine.valueOf(embedding), ofTable);
  // A table has a row for each token of the vocabulary: each token of the text has a mask of its own.
  const isTable = ofInput === undefined && tablePays(vocabulary, ids.length, batch);
  let rows = isTable ? undefined : times(engine, engine.gather(table, ids), ofInput);
  const runs = layers.map((layer, at): Run<T> => {
    const own = (dropout.renewed && layer.training) ?? layer.plan;
    const plan = dropout.state ? maskedPlanOf(own) : own;
    const held = Object.values(plan.cell.held ?? {}).map(({ width }) =>
      engine.floats([batch, width], dropout.state?.(at, width) as Float32Array),
    );
    const renewed = Object.entries(plan.cell.masks ?? {}).map(
      ([part, { width }]) => dropout.renewed?.(at, part, width) as Float32Array,
    );
    const ofWeights = weightMasks(engine, layer, at, dropout);
    const weights = masked(
      engine,
      mapValues(layer.weights, (weight) => engine.valueOf(weight)),
      ofWeights,
    );
    const learned = mapValues(layer.initial, (values) => engine.valueOf(values));
    const state = carried?.states?.[at];
    const first = state
      ? carriedState(engine, plan, learned, { begins: carried.begins, state })
      : initialState(engine, plan, learned, batch);
    const inputs: LayerInputs<T> =
      rows === undefined
        ? tableInputs(engine, plan, weights, table, { ids, batch, vocabulary })
        : denseInputs(engine, plan, weights, rows, batch);
    const run = new LayerRun(engine, { plan, weights, first, inputs, held, renewed, batch, time, then });
    const mask = dropout.outputs && engine.floats([time * batch, run.width], dropout.outputs(at));
    rows = times(engine, run.outputs, mask);
    return { layer: run, mask, ofWeights };
  });
  return {
    runs,
    hidden: rows as T,
    embeddingGradient: (ofInputs) => {
      const ofRows = isTable ? ofInputs : engine.sumByIds(times(engine, ofInputs, ofInput), ids, vocabulary);
      return times(engine, ofRows, ofTable);
    },
  };
}

function times<T>(engine: Engine<T>, value: T, mask: T | undefined): T {
  return mask === undefined ? value : engine.multiply(value, mask);
}

/** Values by name, those that have a mask multiplied by it. */
function masked<T>(engine: Engine<T>, values: Named<T>, masks: Named<T>): Named<T> {
  return mapValues(values, (value, name) => times(engine, value, masks[name]));
}

/** The masks of a layer's recurrent weights (DropConnect: Merity, Keskar and Socher 2017). */
function weightMasks<T>(
  engine: Engine<T>,
  { plan, weights }: NetworkLayer,
  at: number,
  { recurrentWeights: maskOf }: NetworkDropout,
): Named<T> {
  if (maskOf === undefined) return {};
  const masks = recurrentWeights(plan.cell).map((name) => {
    const { shape = [] } = weights[name] ?? {};
    return [name, engine.floats(shape, maskOf(at, name, shape))] as const;
  });
  return Object.fromEntries(masks);
}

const maskedPlans = new WeakMap<Plan, Plan>();

/** The plan of a cell whose state is masked; the same for the same plan. */
function maskedPlanOf(plan: Plan): Plan {
  const known = maskedPlans.get(plan) ?? new Plan(maskedState(plan.cell));
  maskedPlans.set(plan, known);
  return known;
}

/**
 * The inputs with 0 where no later target counts: rows are summed by id in groups, and what stands in padding shall not
 * move the rounding of others.
 */
function withoutPadding({ inputs, mask, batch }: Sequences): Int32Array {
  const cleared = inputs.slice();
  for (let sequence = 0; sequence < batch; sequence++)
    for (let at = mask.length - batch + sequence; at >= 0 && mask[at] === 0; at -= batch) cleared[at] = 0;
  return cleared;
}

/** The tensors of a network that are learned, its objective's last, in the order of `gradientsInOrder`. */
export function tensorsInOrder(network: Network): tf.Tensor[] {
  const { embedding, layers, projection, projectionBias, objective = {} } = network;
  const ofLayer = ({ weights, initial }: NetworkLayer) => [...Object.values(weights), ...Object.values(initial)];
  return [
    embedding,
    ...layers.flatMap(ofLayer),
    ...(projection ? [projection] : []),
    projectionBias,
    ...Object.values(ownTensors(objective)),
  ];
}

/** Gradients in the order of `tensorsInOrder`. */
export function gradientsInOrder<T>(network: Network, gradients: NetworkGradients<T>): T[] {
  const { embedding, layers, projection, projectionBias, objective } = gradients;
  const ofLayer = ({ weights, initial }: NetworkLayer, at: number) => [
    ...Object.keys(weights).map((name) => layers[at]?.weights[name] as T),
    ...Object.keys(initial).map((part) => layers[at]?.initial[part] as T),
  ];
  return [
    embedding,
    ...network.layers.flatMap(ofLayer),
    ...(projection === undefined ? [] : [projection]),
    projectionBias,
    ...objective,
  ];
}
