import { Accumulator } from './Accumulator.js';
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
 * one-hot) for the logits, in closed form, times what they were made of.
 *
 * It works through the rows in chunks and goes back through a chunk before the next, so that logits of all rows never
 * exist: at most three tensors of `lossChunkRows(vocabulary) · vocabulary` numbers, and three of the projection's size.
 */
export function nativeLoss(
  native: NativeOperations,
  hidden: Id,
  projection: NativeProjection,
  { targets, mask }: { targets: Int32Array; mask: Float32Array },
  withGradients: boolean,
): { loss: number; gradients: NativeLossGradients | undefined } {
  const { matrix, bias, tied } = projection;
  const gradients = { hidden: [] as Id[], matrix: new Accumulator(native, 2), bias: new Accumulator(native) };
  const perChunk = lossChunkRows(projection.vocabulary);
  let loss = 0;
  for (let from = 0; from < targets.length; from += perChunk) {
    const count = Math.min(perChunk, targets.length - from);
    const weights = mask.subarray(from, from + count);
    const rows = native.rows(hidden, from, count);
    const places = native.integers([count, 2], placesOf(targets.subarray(from, from + count)));
    const product = tied ? native.productWithTransposed(rows, matrix) : native.product(rows, matrix);
    const logits = native.addToRows(product, bias);
    native.free(product);
    const logProbabilities = native.logSoftmax(logits);
    native.free(logits);
    const picked = native.pick(logProbabilities, places);
    for (const [row, logProbability] of native.numbers(picked).entries())
      if (weights[row] !== 0) loss -= (weights[row] ?? 0) * logProbability;
    if (withGradients) {
      const logitGradient = gradientOfLogits(native, logProbabilities, places, weights);
      gradients.hidden.push(
        tied ? native.product(logitGradient, matrix) : native.productWithTransposed(logitGradient, matrix),
      );
      gradients.matrix.add(
        tied ? native.productOfTransposed(logitGradient, rows) : native.productOfTransposed(rows, logitGradient),
      );
      gradients.bias.add(native.sumOfRows(logitGradient));
      native.free(logitGradient);
    }
    native.free(logProbabilities, picked, places, rows);
  }
  if (!withGradients) return { loss, gradients: undefined };
  const hiddenGradient = native.joinRows(gradients.hidden);
  native.free(...gradients.hidden);
  return {
    loss,
    gradients: { hidden: hiddenGradient, matrix: gradients.matrix.total(), bias: gradients.bias.total() },
  };
}

function gradientOfLogits(native: NativeOperations, logProbabilities: Id, places: Id, mask: Float32Array): Id {
  const column = native.floats([mask.length, 1], mask);
  const vector = native.floats([mask.length], mask);
  const probabilities = native.exp(logProbabilities);
  const expected = native.multiply(probabilities, column);
  native.free(probabilities);
  const gradient = native.subtractAt(expected, places, vector);
  native.free(expected, column, vector);
  return gradient;
}

/** (row, target), row by row. */
function placesOf(targets: Int32Array): Int32Array {
  const places = new Int32Array(2 * targets.length);
  for (const [row, target] of targets.entries()) {
    places[2 * row] = row;
    places[2 * row + 1] = target;
  }
  return places;
}
