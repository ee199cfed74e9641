import type { StoredModel } from '../model/readSavedModel.js';
import type { Kernel } from './kernel/Kernel.js';
import { type NetworkProgram, networkProgram } from './NetworkProgram.js';
import type { PinnedPlace } from './Pin.js';
import type { Operand } from './program/Operand.js';

/** So many rows are computed at once at most: more would share no more, and take more memory. */
export const MOST_ROWS = 64;

/** What the first layer makes of tokens is remembered while that takes no more than so many bytes. */
const MOST_REMEMBERED = 2 ** 25;

const NONE: readonly PinnedPlace[] = [];

/** A model's time steps over a kernel's memory, for up to 64 rows at once. */
export class NetworkRun {
  readonly network: NetworkProgram;
  readonly #kernel: Kernel;
  readonly #embedding: Float32Array;
  readonly #embeddingSize: number;
  readonly #vocabularySize: number;
  /** By id, what the first layer makes of the token alone; `undefined`: it is made anew each time. */
  readonly #remembered: (Float32Array | undefined)[] | undefined;

  constructor(kernel: Kernel, model: StoredModel) {
    const { config, weights, tokenizer } = model;
    this.network = networkProgram(model);
    this.network.program.load(kernel);
    this.#kernel = kernel;
    this.#embedding = weights.get('embedding')?.values ?? new Float32Array();
    this.#embeddingSize = config.embeddingSize;
    this.#vocabularySize = tokenizer.vocabularySize;
    const bytes = 4 * this.#tokenWidth * tokenizer.vocabularySize;
    this.#remembered = bytes <= MOST_REMEMBERED ? [] : undefined;
  }

  /**
   * One time step of `count` rows from row `first` of `rows` and `ids` on: they go on from rows of `before` (−1: from the beginning), and
   * what they come to is written to the same rows of `after`, units held where `pins` says. Then `logProbabilitiesInto` and `gateInto` have
   * what it gave.
   */
  step(
    before: Float32Array | undefined,
    rows: Int32Array,
    ids: Int32Array,
    after: Float32Array,
    { first, count }: { readonly first: number; readonly count: number },
    pins: readonly PinnedPlace[] = NONE,
  ): void {
    const { program, stateWidth, initial } = this.network;
    program.makeRoom(this.#kernel, count);
    this.#readTokens(ids, first, count, pins);
    for (let row = 0; row < count; row++) {
      const source = rows[first + row] as number;
      if (source < 0 || !before) this.#putState(initial, 0, row);
      else this.#putState(before, source * stateWidth, row);
    }
    this.#makeState(count, pins);
    for (let row = 0; row < count; row++) this.#takeState(row, after, (first + row) * stateWidth);
  }

  /**
   * Time steps of one hypothesis, which goes on from row `row` of `before` (−1: from the beginning) and reads these ids. What it comes to is
   * written to `after`, units held where `pins` says; then `logProbabilitiesInto` has what the last step gave.
   */
  read(
    before: Float32Array | undefined,
    row: number,
    ids: Int32Array,
    after: Float32Array,
    pins: readonly PinnedPlace[] = NONE,
  ): void {
    const { stateWidth, initial } = this.network;
    if (row < 0 || !before) this.#putState(initial, 0, 0);
    else this.#putState(before, row * stateWidth, 0);
    for (let at = 0; at < ids.length; at++) {
      if (at > 0) this.#putState(after, 0, 0);
      this.#readTokens(ids, at, 1, pins);
      this.#makeState(1, pins);
      this.#takeState(0, after, 0);
    }
  }

  /** Writes the log-probabilities of the last step's rows behind each other. */
  logProbabilitiesInto(numbers: Float32Array, at: number, count: number): void {
    const { program, ends, logProbabilities } = this.network;
    program.run(this.#kernel, ends.state, ends.logProbabilities, count);
    for (let row = 0; row < count; row++) this.#copy(logProbabilities, row, numbers, at + row * this.#vocabularySize);
  }

  /** Computes the gates of the last step; `gateInto` has them. */
  makeGates(): void {
    const { program, ends } = this.network;
    program.run(this.#kernel, ends.logProbabilities, ends.gates, 1);
  }

  /** Writes a gate of the last step's first row. */
  gateInto(gate: Operand, numbers: Float32Array, at: number): void {
    this.#copy(gate, 0, numbers, at);
  }

  get #tokenWidth(): number {
    return this.network.ofToken.reduce((sum, { width }) => sum + width, 0);
  }

  /** Lets a row go on from a state. */
  #putState(numbers: Float32Array, from: number, row: number): void {
    const { program, state } = this.network;
    for (const { before: part, from: offset } of state)
      this.#kernel.floats.set(numbers.subarray(from + offset, from + offset + part.width), program.placeOf(part, row));
  }

  /** Writes what a row's state came to. */
  #takeState(row: number, numbers: Float32Array, at: number): void {
    for (const { after: part, from: offset } of this.network.state) this.#copy(part, row, numbers, at + offset);
  }

  /** What the first layer makes of tokens alone: remembered, or made. */
  #readTokens(ids: Int32Array, first: number, count: number, pins: readonly PinnedPlace[]): void {
    const { token } = this.network.ends;
    const ofTokens = pins.filter(({ behind }) => behind < token);
    const remembered = ofTokens.length > 0 ? undefined : this.#remembered;
    if (!remembered) {
      for (let row = 0; row < count; row++) this.#embed(ids[first + row] as number, row);
      this.#runHolding(0, token, count, ofTokens);
      return;
    }
    for (let row = 0; row < count; row++) {
      const id = ids[first + row] as number;
      remembered[id] ??= this.#ofToken(id);
    }
    const { program, ofToken } = this.network;
    for (let row = 0; row < count; row++) {
      const numbers = remembered[ids[first + row] as number] as Float32Array;
      let from = 0;
      for (const made of ofToken) {
        this.#kernel.floats.set(numbers.subarray(from, from + made.width), program.placeOf(made, row));
        from += made.width;
      }
    }
  }

  #ofToken(id: number): Float32Array {
    this.#embed(id, 0);
    this.#runHolding(0, this.network.ends.token, 1, NONE);
    const numbers = new Float32Array(this.#tokenWidth);
    let from = 0;
    for (const made of this.network.ofToken) {
      this.#copy(made, 0, numbers, from);
      from += made.width;
    }
    return numbers;
  }

  #embed(id: number, row: number): void {
    const { program, embedded } = this.network;
    const from = id * this.#embeddingSize;
    this.#kernel.floats.set(this.#embedding.subarray(from, from + this.#embeddingSize), program.placeOf(embedded, row));
  }

  /** What layers make of a state, and of what is made of tokens. */
  #makeState(count: number, pins: readonly PinnedPlace[]): void {
    const { token, state } = this.network.ends;
    this.#runHolding(
      token,
      state,
      count,
      pins.filter(({ behind }) => behind >= token),
    );
  }

  /** Runs instructions from one up to another, and holds what is pinned as soon as it is there. */
  #runHolding(from: number, to: number, count: number, pins: readonly PinnedPlace[]): void {
    const { program } = this.network;
    let done = from;
    for (const { behind, operand, value } of pins) {
      program.run(this.#kernel, done, behind, count);
      done = behind;
      for (let row = 0; row < count; row++) {
        const place = program.placeOf(operand, row);
        this.#kernel.floats.fill(value, place, place + operand.width);
      }
    }
    program.run(this.#kernel, done, to, count);
  }

  #copy(of: Operand, row: number, numbers: Float32Array, at: number): void {
    const place = this.network.program.placeOf(of, row);
    numbers.set(this.#kernel.floats.subarray(place, place + of.width), at);
  }
}
