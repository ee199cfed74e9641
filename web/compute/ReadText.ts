import type { InferenceModel, InferenceState } from '../../src/browser.js';
import type { Turns } from './Turns.js';

/** States of a text take no more than so many bytes: of a longer one, every second is kept, or every fourth, … */
const MOST_BYTES = 2 ** 26;

const BEFORE_ANY = Int32Array.of(-1);
const FIRST_ROW = Int32Array.of(0);

/**
 * A text that a model has read, with states along the way: of another one, only what is behind the first difference is read. A model is at
 * place k when it has read EOS, which begins a text, and k tokens.
 */
export class ReadText {
  readonly #model: InferenceModel;
  readonly #mostBytes: number;
  /** Of the places where it was, some, and always the last. */
  readonly #states = new Map<number, InferenceState>();
  #ids = new Int32Array();
  /** The last place; −1: it has read nothing. */
  #at = -1;
  /** What may come there: log-probabilities. */
  #next: Float32Array = new Float32Array();
  #surprise = new Float32Array();

  constructor(model: InferenceModel, mostBytes = MOST_BYTES) {
    this.#model = model;
    this.#mostBytes = mostBytes;
  }

  /** −log p of each token that was read, in nats. */
  get surprise(): Float32Array {
    return this.#surprise.slice(0, Math.max(0, this.#at));
  }

  /** The log-probabilities of what comes behind what was read. */
  get next(): Float32Array {
    return this.#next;
  }

  /** Reads a text, and gives how many time steps that took. What was read when it is aborted stays. */
  async read(ids: Int32Array, turns: Turns): Promise<number> {
    const same = this.#sameAs(ids);
    const stride = this.#strideFor(ids.length);
    if (same < this.#at) this.#goBack(same);
    for (const place of this.#states.keys()) if (place !== this.#at && place % stride !== 0) this.#forget(place);
    this.#ids = ids.slice();
    const surprise = new Float32Array(ids.length);
    surprise.set(this.#surprise.subarray(0, same));
    this.#surprise = surprise;
    let steps = 0;
    for (; this.#at < ids.length; steps++) {
      if (this.#at >= same) surprise[this.#at] = -(this.#next[ids[this.#at] as number] as number);
      const from = this.#at;
      const { logProbabilities, state } = await this.#step(this.#states.get(from), from);
      this.#at = from + 1;
      this.#states.set(this.#at, state);
      this.#next = logProbabilities;
      if (from % stride !== 0) this.#forget(from);
      await turns.take();
    }
    return steps;
  }

  /** The log-probabilities of what may come at a place of the text that was read. */
  async nextAt(place: number, turns: Turns): Promise<Float32Array> {
    if (place === this.#at) return this.#next;
    // What may come at a place is told by the step to it.
    let at = this.#keptBefore(place);
    let own: InferenceState | undefined;
    let next = this.#next;
    try {
      for (; at < place; at++) {
        const made = await this.#step(own ?? this.#states.get(at), at);
        if (own) this.#model.free(own);
        own = made.state;
        next = made.logProbabilities;
        await turns.take();
      }
    } finally {
      if (own) this.#model.free(own);
    }
    return next;
  }

  #step(state: InferenceState | undefined, from: number): ReturnType<InferenceModel['next']> {
    const id = from < 0 ? this.#model.tokenizer.eosId : (this.#ids[from] as number);
    return this.#model.next(state, state ? FIRST_ROW : BEFORE_ANY, Int32Array.of(id));
  }

  /** How many tokens at the beginning are those that were read. */
  #sameAs(ids: Int32Array): number {
    const most = Math.min(Math.max(0, this.#at), ids.length);
    let same = 0;
    while (same < most && this.#ids[same] === ids[same]) same++;
    return same;
  }

  /** Goes back so far that the next step leads to this place at most. */
  #goBack(place: number): void {
    this.#at = this.#keptBefore(place);
    for (const later of this.#states.keys()) if (later > this.#at) this.#forget(later);
  }

  #keptBefore(place: number): number {
    let last = -1;
    for (const at of this.#states.keys()) if (at < place && at > last) last = at;
    return last;
  }

  #forget(place: number): void {
    const state = this.#states.get(place);
    if (state) this.#model.free(state);
    this.#states.delete(place);
  }

  #strideFor(tokens: number): number {
    let stride = 1;
    while (((tokens + 1) / stride) * this.#model.stateBytes > this.#mostBytes) stride *= 2;
    return stride;
  }
}
