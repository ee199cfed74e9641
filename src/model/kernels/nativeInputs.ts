import { Accumulator } from './Accumulator.js';
import { GRAPH_STEPS } from './graph/timeSteps.js';
import type { Id, NativeOperations } from './NativeOperations.js';

/** A layer's input for whole sequences. */
export interface NativeInput {
  /** x·W + b of time steps in a row, `[steps·batch × columns]`, the caller's. */
  projection(weights: Id, bias: Id | undefined): (from: number, steps: number) => Id;
  /** Gradients of the same. */
  gradients(weights: Id): NativeInputGradients;
}

/** Adds up gradients of x·W + b. */
export interface NativeInputGradients {
  /** Takes ∂loss/∂(x·W + b) of a chunk of time steps, `[steps·batch × columns]`, the last chunk first. */
  add(sums: Id, from: number, steps: number): void;
  /** ∂loss/∂W, ∂loss/∂b, and ∂loss/∂ what `NativeInput` was made of: the embedding, or x. */
  total(): { weights: Id; bias: Id; input: Id };
}

/**
 * Whether a `TableInput` is worth its while for so many tokens, `batch` of them a time step: the time steps that a graph makes at
 * once have a gradient of the table's size.
 */
export function tablePays(vocabulary: number, tokens: number, batch: number): boolean {
  return vocabulary < Math.min(tokens, GRAPH_STEPS[0] * batch);
}

/**
 * An embedding's rows by token id. Embedding times weights is a table `[vocabulary × columns]`, of which rows are looked up;
 * its gradient is a sum of rows by id. It pays for a small vocabulary: `tablePays`.
 */
export class TableInput implements NativeInput {
  readonly #native: NativeOperations;
  readonly #embedding: Id;
  readonly #ids: Int32Array;
  readonly #batch: number;
  readonly #segments: SegmentsByToken;

  /** `ids` are time-major. */
  constructor(native: NativeOperations, embedding: Id, ids: Int32Array, batch: number, vocabulary: number) {
    this.#native = native;
    this.#embedding = embedding;
    this.#ids = ids;
    this.#batch = batch;
    this.#segments = new SegmentsByToken(native, ids, batch, vocabulary);
  }

  projection(weights: Id, bias: Id | undefined): (from: number, steps: number) => Id {
    const native = this.#native;
    const batch = this.#batch;
    const product = native.product(this.#embedding, weights);
    const table = bias === undefined ? product : native.addToRows(product, bias);
    if (table !== product) native.free(product);
    return (from, steps) => lookUp(native, table, this.#ids.subarray(from * batch, (from + steps) * batch));
  }

  gradients(weights: Id): NativeInputGradients {
    const native = this.#native;
    const ofTable = new Accumulator(native);
    return {
      add: (sums, from, steps) => ofTable.add(this.#segments.sum(sums, from, steps)),
      total: () => ({
        weights: native.productOfTransposed(this.#embedding, ofTable.total()),
        bias: native.sumOfRows(ofTable.total()),
        input: native.productWithTransposed(ofTable.total(), weights),
      }),
    };
  }
}

/** What a layer below gives, or embedded tokens: `x [time·batch × size]`, multiplied a chunk of time steps at once. */
export class DenseInput implements NativeInput {
  readonly #native: NativeOperations;
  readonly #x: Id;
  readonly #batch: number;

  constructor(native: NativeOperations, x: Id, batch: number) {
    this.#native = native;
    this.#x = x;
    this.#batch = batch;
  }

  projection(weights: Id, bias: Id | undefined): (from: number, steps: number) => Id {
    const native = this.#native;
    return (from, steps) => {
      const x = native.rows(this.#x, from * this.#batch, steps * this.#batch);
      const product = native.product(x, weights);
      native.free(x);
      if (bias === undefined) return product;
      const sums = native.addToRows(product, bias);
      native.free(product);
      return sums;
    };
  }

  gradients(weights: Id): NativeInputGradients {
    const native = this.#native;
    const transposed = native.transpose(weights);
    const ofWeights = new Accumulator(native);
    const ofBias = new Accumulator(native);
    const ofInput: Id[] = [];
    return {
      add: (sums, from, steps) => {
        const x = native.rows(this.#x, from * this.#batch, steps * this.#batch);
        ofWeights.add(native.productOfTransposed(x, sums));
        ofBias.add(native.sumOfRows(sums));
        ofInput.unshift(native.product(sums, transposed));
        native.free(x);
      },
      total: () => {
        const input = native.joinRows(ofInput);
        native.free(...ofInput);
        return { weights: ofWeights.total(), bias: ofBias.total(), input };
      },
    };
  }
}

/** The rows of a table at these places. */
export function lookUp(native: NativeOperations, table: Id, ids: Int32Array): Id {
  const places = native.integers([ids.length], ids);
  const rows = native.gather(table, places);
  native.free(places);
  return rows;
}

/** Sums rows by the token that stands at their place. */
export class SegmentsByToken {
  readonly #native: NativeOperations;
  readonly #ids: Int32Array;
  readonly #batch: number;
  readonly #vocabulary: number;
  readonly #count: Id;

  /** `ids` are time-major. */
  constructor(native: NativeOperations, ids: Int32Array, batch: number, vocabulary: number) {
    this.#native = native;
    this.#ids = ids;
    this.#batch = batch;
    this.#vocabulary = vocabulary;
    this.#count = native.integers([], [vocabulary]);
  }

  /** `rows` of a chunk of time steps, `[steps·batch × columns]`, to `[vocabulary × columns]`. */
  sum(rows: Id, from: number, steps: number): Id {
    const native = this.#native;
    const ids = this.#ids.subarray(from * this.#batch, (from + steps) * this.#batch);
    const { order, sorted } = countingSort(ids, this.#vocabulary);
    const places = native.integers([ids.length], order);
    const segments = native.integers([ids.length], sorted);
    const sums = native.sumBySegment(rows, places, segments, this.#count);
    native.free(places, segments);
    return sums;
  }
}

/** The places of ids in ascending order of the ids, and the ids in that order. */
function countingSort(ids: Int32Array, vocabulary: number): { order: Int32Array; sorted: Int32Array } {
  const next = new Int32Array(vocabulary + 1);
  for (const id of ids) next[id + 1] = (next[id + 1] ?? 0) + 1;
  for (let id = 1; id <= vocabulary; id++) next[id] = (next[id] ?? 0) + (next[id - 1] ?? 0);
  const order = new Int32Array(ids.length);
  const sorted = new Int32Array(ids.length);
  for (let place = 0; place < ids.length; place++) {
    const id = ids[place] ?? 0;
    const to = next[id] ?? 0;
    next[id] = to + 1;
    order[to] = place;
    sorted[to] = id;
  }
  return { order, sorted };
}
