import { exactly, type Groups } from '../../graph/Groups.js';
import type { Operations } from '../../graph/Interpreter.js';
import type { Engine } from './Engine.js';
import { type PastDecodeValues, pastDecodeGradients } from './pastDecode.js';
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
  /** Where the past is decoded: of the embedding, and of what is learned for that. */
  readonly past: readonly T[];
}

/** Each row's target, and how much it counts; and what is learned beside it. */
export interface LossRows<T> {
  readonly targets: Int32Array;
  readonly mask: Float32Array;
  /** The share of each target that is spread evenly. Default 0. */
  readonly smoothing?: number | undefined;
  /** The tokens that were read, to be decoded, and what that counts. Default: they are not. */
  readonly past?:
    | { readonly tokens: Int32Array; readonly weight: number; readonly values: PastDecodeValues<T> }
    | undefined;
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
 * Σ mask·(−log p) in nats over rows of hidden states `[rows × hidden]`, and where wanted gradients: mask·(softmax − q) for the logits,
 * times what they were made of. Without `smoothing`, q is one-hot, and they are those of the loss; with a share ε of it, q is
 * (1 − ε)·one-hot + ε/vocabulary. Where the past is decoded, what `pastDecodeGradients` says is added.
 *
 * It works through the rows in chunks and goes back through a chunk before the next, so that logits of all rows never
 * exist: at most three values of `perChunk · vocabulary` numbers (six, where the past is decoded), and three of the projection's size.
 */
export function maskedLoss<T>(
  engine: Engine<T>,
  hidden: T,
  { matrix, bias, tied, vocabulary }: Projection<T>,
  { targets, mask, smoothing = 0, past }: LossRows<T>,
  withGradients: boolean,
  perChunk: number = lossChunkRows(vocabulary),
): { loss: number; gradients: LossGradients<T> | undefined } {
  const gradients = { hidden: [] as T[], matrix: new Sum(engine, 2), bias: new Sum(engine), past: [] as Sum<T>[] };
  const isSmoothed = withGradients && smoothing > 0;
  const decoded = withGradients ? past : undefined;
  const decoding = decoded?.values ?? [];
  const kinds = { tied, 'with gradients': withGradients, smoothed: isSmoothed, 'past decoded': decoded !== undefined };
  const name = ['loss', ...Object.entries(kinds).flatMap(([kind, holds]) => (holds ? [kind] : []))].join(', ');
  let loss = 0;
  for (let from = 0; from < targets.length; from += perChunk) {
    const count = Math.min(perChunk, targets.length - from);
    const counted = mask.subarray(from, from + count);
    const rows = [
      engine.rows(hidden, from, count),
      engine.floats([count, 2], placesOf(targets.subarray(from, from + count))),
      engine.floats([count], isSmoothed ? counted.map((counts) => counts * (1 - smoothing)) : counted),
      engine.floats([count, 1], counted),
    ];
    const spread = isSmoothed
      ? [
          engine.floats(
            [count, 1],
            counted.map((counts) => (counts * smoothing) / vocabulary),
          ),
        ]
      : [];
    const weighted = decoded ? counted.map((counts) => counts * decoded.weight) : counted;
    const read = decoded
      ? [
          engine.floats([count, 2], placesOf(decoded.tokens.subarray(from, from + count))),
          engine.floats([count], weighted),
          engine.floats([count, 1], weighted),
        ]
      : [];
    const made = engine.run(OWNER, name, { rows, spread, read, weights: [matrix, bias], decoding }, (on, given) =>
      lossOfRows(on, given, tied, withGradients),
    );
    const numbers = engine.numbers(...exactly(1, made.targets));
    for (let row = 0; row < count; row++) if (counted[row] !== 0) loss -= (counted[row] ?? 0) * (numbers[row] ?? 0);
    engine.free(...rows, ...spread, ...read, ...made.targets);
    if (!withGradients) continue;
    const [ofHidden, ofMatrix, ofBias] = exactly(3, made.gradients);
    gradients.hidden.push(ofHidden);
    gradients.matrix.add(ofMatrix);
    gradients.bias.add(ofBias);
    for (const [at, gradient] of made.past.entries()) {
      gradients.past[at] ??= new Sum(engine);
      gradients.past[at].add(gradient);
    }
  }
  if (!withGradients) return { loss, gradients: undefined };
  const ofHidden = engine.joinRows(gradients.hidden);
  engine.free(...gradients.hidden);
  // [vocabulary × hidden], as the product that makes it so is twice as fast as the one that makes [hidden × vocabulary].
  const ofTransposed = gradients.matrix.total();
  const ofMatrix = tied ? ofTransposed : transposed(engine, ofTransposed);
  const ofPast = gradients.past.map((sum) => sum.total());
  return { loss, gradients: { hidden: ofHidden, matrix: ofMatrix, bias: gradients.bias.total(), past: ofPast } };
}

function transposed<T>(engine: Engine<T>, matrix: T): T {
  const made = engine.run(OWNER, 'transposed', { matrix: [matrix] }, (on, given) => ({
    made: [on.transpose(...exactly(1, given.matrix))],
  }));
  engine.free(matrix);
  return exactly(1, made.made)[0];
}

function lossOfRows<T>(
  on: Operations<T>,
  { rows, spread, read, weights, decoding }: Groups<T, 'rows' | 'spread' | 'read' | 'weights' | 'decoding'>,
  tied: boolean,
  withGradients: boolean,
): Groups<T, 'targets' | 'gradients' | 'past'> {
  const [hidden, places, mask, maskColumn] = exactly(4, rows);
  const [matrix, bias] = exactly(2, weights);
  const ofRows = logProbabilities(on, hidden, matrix, bias, tied);
  const targets = [on.pick(ofRows, places)];
  if (!withGradients) return { targets, gradients: [], past: [] };
  const probabilities = on.exp(ofRows);
  const ofAll = spread.reduce((sofar, share) => on.subtract(sofar, share), on.multiply(probabilities, maskColumn));
  const ofTargets = on.subtractAt(ofAll, places, mask);
  const past =
    read.length > 0 ? pastDecodeGradients(on, probabilities, exactly(3, read), exactly(4, decoding)) : undefined;
  const ofLogits = past ? on.add(ofTargets, past.logits) : ofTargets;
  const ofHidden = tied ? on.product(ofLogits, matrix) : on.productWithTransposed(ofLogits, matrix);
  return {
    targets,
    gradients: [ofHidden, on.productOfTransposed(ofLogits, hidden), on.sumOfRows(ofLogits)],
    past: past?.ofValues ?? [],
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
