import { Accumulator } from './Accumulator.js';
import type { GraphBuilder, Node } from './graph/GraphBuilder.js';
import type { Id, NativeOperations } from './NativeOperations.js';

/** The last part of a language model: hidden states to logits. */
export interface NativeProjection {
  /** `[hidden × vocabulary]`, or where `tied`, `[vocabulary × hidden]`. */
  readonly matrix: Id;
  readonly bias: Id;
  readonly tied: boolean;
  readonly vocabulary: number;
}

/** Gradients of the total loss. */
export interface NativeLossGradients {
  readonly hidden: Id;
  readonly matrix: Id;
  readonly bias: Id;
}

const CHUNK_NUMBERS = 2 ** 21;
const FEWEST_ROWS = 256;

/** How many rows of logits are held at once: for a large vocabulary a few hundred, whatever the batch. */
export function lossChunkRows(vocabulary: number): number {
  return Math.max(FEWEST_ROWS, Math.floor(CHUNK_NUMBERS / vocabulary));
}

/**
 * Σ mask·(−log p) in nats over rows of hidden states `[rows × hidden]`, and where wanted its gradients: mask·(softmax −
 * one-hot) for the logits, times what they were made of.
 *
 * It works through the rows in chunks and goes back through a chunk before the next, so that logits of all rows never
 * exist: at most three tensors of `lossChunkRows(vocabulary) · vocabulary` numbers, and three of the projection's size.
 */
export function nativeLoss(
  native: NativeOperations,
  hidden: Id,
  { matrix, bias, tied, vocabulary }: NativeProjection,
  { targets, mask }: { targets: Int32Array; mask: Float32Array },
  withGradients: boolean,
): { loss: number; gradients: NativeLossGradients | undefined } {
  const gradients = { hidden: [] as Id[], matrix: new Accumulator(native, 2), bias: new Accumulator(native) };
  const perChunk = lossChunkRows(vocabulary);
  const name = `loss${tied ? ', tied' : ''}${withGradients ? ', with gradients' : ''}`;
  let loss = 0;
  for (let from = 0; from < targets.length; from += perChunk) {
    const count = Math.min(perChunk, targets.length - from);
    const counted = mask.subarray(from, from + count);
    const rows = {
      hidden: native.rows(hidden, from, count),
      places: native.floats([count, 2], placesOf(targets.subarray(from, from + count))),
      mask: native.floats([count], counted),
      maskColumn: native.floats([count, 1], counted),
    };
    const made = native.run(name, { rows, weights: { matrix, bias } }, (graph, nodes) =>
      lossOfRows(graph, nodes, tied, withGradients),
    );
    const { logProbabilities } = made.targets;
    const numbers = native.numbers(logProbabilities);
    for (let row = 0; row < count; row++) if (counted[row] !== 0) loss -= (counted[row] ?? 0) * (numbers[row] ?? 0);
    native.free(...Object.values(rows), logProbabilities);
    if (made.gradients === undefined || !('hidden' in made.gradients)) continue;
    gradients.hidden.push(made.gradients.hidden);
    gradients.matrix.add(made.gradients.matrix);
    gradients.bias.add(made.gradients.bias);
  }
  if (!withGradients) return { loss, gradients: undefined };
  const hiddenGradient = native.joinRows(gradients.hidden);
  native.free(...gradients.hidden);
  return {
    loss,
    gradients: { hidden: hiddenGradient, matrix: gradients.matrix.total(), bias: gradients.bias.total() },
  };
}

interface LossNodes {
  readonly rows: Readonly<Record<'hidden' | 'places' | 'mask' | 'maskColumn', Node>>;
  readonly weights: Readonly<Record<'matrix' | 'bias', Node>>;
}

function lossOfRows(
  graph: GraphBuilder,
  { rows: { hidden, places: numbers, mask, maskColumn }, weights: { matrix, bias } }: LossNodes,
  tied: boolean,
  withGradients: boolean,
) {
  const places = graph.places(numbers);
  const product = tied ? graph.productWithTransposed(hidden, matrix) : graph.product(hidden, matrix);
  const logProbabilities = graph.logSoftmax(graph.addToRows(product, bias));
  const targets = { logProbabilities: graph.pick(logProbabilities, places) };
  if (!withGradients) return { targets };
  const expected = graph.multiply(graph.exp(logProbabilities), maskColumn);
  const ofLogits = graph.subtractAt(expected, places, mask);
  return {
    targets,
    gradients: {
      hidden: tied ? graph.product(ofLogits, matrix) : graph.productWithTransposed(ofLogits, matrix),
      matrix: tied ? graph.productOfTransposed(ofLogits, hidden) : graph.productOfTransposed(hidden, ofLogits),
      bias: graph.sumOfRows(ofLogits),
    },
  };
}

/** (row, target), row by row. */
function placesOf(targets: Int32Array): Float32Array {
  const places = new Float32Array(2 * targets.length);
  for (let row = 0; row < targets.length; row++) {
    places[2 * row] = row;
    places[2 * row + 1] = targets[row] ?? 0;
  }
  return places;
}
