import { exactly, type Groups } from '../../graph/Groups.js';
import type { Operations } from '../../graph/Interpreter.js';
import type { Engine } from './Engine.js';
import { Sum } from './Sum.js';

/** The last part of a language model: hidden states to logits. */
export interface Projection<T> {
  /** `[hidden × vocabulary]`, or where `tied`, `[vocabulary × hidden]`. */
  readonly matrix: T;
  readonly bias: T;
  readonly tied: boolean;
  readonly vocabulary: number;
}

/** Gradients of the total loss. */
export interface LossGradients<T> {
  readonly hidden: T;
  readonly matrix: T;
  readonly bias: T;
}

const CHUNK_NUMBERS = 2 ** 21;
const FEWEST_ROWS = 256;

/** Whose computations these are. */
const OWNER = {};

/** How many rows of logits are held at once: for a large vocabulary a few hundred, whatever the batch. */
export function lossChunkRows(vocabulary: number): number {
  return Math.max(FEWEST_ROWS, Math.floor(CHUNK_NUMBERS / vocabulary));
}

/** Hidden states `[rows × hidden]` to log-probabilities `[rows × vocabulary]`. */
export function logProbabilities<T>(on: Operations<T>, hidden: T, matrix: T, bias: T, tied: boolean): T {
  const product = tied ? on.productWithTransposed(hidden, matrix) : on.product(hidden, matrix);
  return on.logSoftmax(on.add(product, bias));
}

/**
 * Σ mask·(−log p) in nats over rows of hidden states `[rows × hidden]`, and where wanted its gradients: mask·(softmax −
 * one-hot) for the logits, times what they were made of.
 *
 * It works through the rows in chunks and goes back through a chunk before the next, so that logits of all rows never
 * exist: at most three values of `perChunk · vocabulary` numbers, and three of the projection's size.
 */
export function maskedLoss<T>(
  engine: Engine<T>,
  hidden: T,
  { matrix, bias, tied, vocabulary }: Projection<T>,
  { targets, mask }: { targets: Int32Array; mask: Float32Array },
  withGradients: boolean,
  perChunk: number = lossChunkRows(vocabulary),
): { loss: number; gradients: LossGradients<T> | undefined } {
  const gradients = { hidden: [] as T[], matrix: new Sum(engine, 2), bias: new Sum(engine) };
  const name = `loss${tied ? ', tied' : ''}${withGradients ? ', with gradients' : ''}`;
  let loss = 0;
  for (let from = 0; from < targets.length; from += perChunk) {
    const count = Math.min(perChunk, targets.length - from);
    const counted = mask.subarray(from, from + count);
    const rows = [
      engine.rows(hidden, from, count),
      engine.floats([count, 2], placesOf(targets.subarray(from, from + count))),
      engine.floats([count], counted),
      engine.floats([count, 1], counted),
    ];
    const made = engine.run(OWNER, name, { rows, weights: [matrix, bias] }, (on, given) =>
      lossOfRows(on, given, tied, withGradients),
    );
    const numbers = engine.numbers(...exactly(1, made.targets));
    for (let row = 0; row < count; row++) if (counted[row] !== 0) loss -= (counted[row] ?? 0) * (numbers[row] ?? 0);
    engine.free(...rows, ...made.targets);
    if (!withGradients) continue;
    const [ofHidden, ofMatrix, ofBias] = exactly(3, made.gradients);
    gradients.hidden.push(ofHidden);
    gradients.matrix.add(ofMatrix);
    gradients.bias.add(ofBias);
  }
  if (!withGradients) return { loss, gradients: undefined };
  const ofHidden = engine.joinRows(gradients.hidden);
  engine.free(...gradients.hidden);
  return { loss, gradients: { hidden: ofHidden, matrix: gradients.matrix.total(), bias: gradients.bias.total() } };
}

function lossOfRows<T>(
  on: Operations<T>,
  { rows, weights }: Groups<T, 'rows' | 'weights'>,
  tied: boolean,
  withGradients: boolean,
): Groups<T, 'targets' | 'gradients'> {
  const [hidden, places, mask, maskColumn] = exactly(4, rows);
  const [matrix, bias] = exactly(2, weights);
  const ofRows = logProbabilities(on, hidden, matrix, bias, tied);
  const targets = [on.pick(ofRows, places)];
  if (!withGradients) return { targets, gradients: [] };
  const ofLogits = on.subtractAt(on.multiply(on.exp(ofRows), maskColumn), places, mask);
  const ofHidden = tied ? on.product(ofLogits, matrix) : on.productWithTransposed(ofLogits, matrix);
  const ofMatrix = tied ? on.productOfTransposed(ofLogits, hidden) : on.productOfTransposed(hidden, ofLogits);
  return { targets, gradients: [ofHidden, ofMatrix, on.sumOfRows(ofLogits)] };
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
