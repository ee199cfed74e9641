import type { TokenPredictor } from './TokenPredictor.js';

/** A state that several decoders share. */
interface SharedState<State> {
  readonly state: State;
  /** How many decoders have not freed their part. */
  parts: number;
}

/** One decoder's rows of a shared state. */
export interface StatePart<State> {
  readonly shared: SharedState<State>;
  readonly firstRow: number;
}

type Prediction<State> = Awaited<ReturnType<TokenPredictor<StatePart<State>>['next']>>;

/** A decoder's call, which waits to be merged with others. */
interface Call<State> {
  /** Calls are merged in the order of their decoders, whichever came first. */
  readonly order: number;
  readonly part: StatePart<State> | undefined;
  readonly rows: Int32Array;
  readonly ids: Int32Array;
  readonly resolve: (prediction: Prediction<State>) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Lets many decoders share one predictor: their calls wait until `flush()`, which makes one call of it for all whose
 * states came from the same call, and for those that have no state yet. A state lives until all who share it have freed it.
 */
export class MergingPredictor<State> {
  readonly #predictor: TokenPredictor<State>;
  readonly #onWaiting: () => void;
  readonly #states = new Set<SharedState<State>>();
  #waiting: Call<State>[] = [];
  /** The calls of the latest flush. */
  #flushed: Call<State>[] = [];
  /** The states that are being predicted from, once for each prediction. */
  #inUse: (SharedState<State> | undefined)[] = [];
  #closed: { readonly error: unknown } | undefined;

  /** `onWaiting` is called when a call begins to wait. */
  constructor(predictor: TokenPredictor<State>, onWaiting: () => void) {
    this.#predictor = predictor;
    this.#onWaiting = onWaiting;
  }

  /** How many calls wait. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** The predictor for one decoder. */
  forDecoder(order: number): TokenPredictor<StatePart<State>> {
    const { tokenizer, stateBytes = 0 } = this.#predictor;
    return {
      tokenizer,
      stateBytes,
      next: (part, rows, ids) =>
        new Promise((resolve, reject) => {
          this.#checkOpen();
          this.#waiting.push({ order, part, rows, ids, resolve, reject });
          this.#onWaiting();
        }),
      ...(this.#predictor.read && { read: (part, row, ids) => this.#read(part, row, ids) }),
      free: ({ shared }) => {
        if (--shared.parts === 0) this.#freeUnneeded();
      },
    };
  }

  /**
   * Drops a decoder's call, if one waits: a decoder that was stopped ends without it. Counted among those that wait, it would stand for
   * another one that is still on its way, and whose state, computed apart from the others', would never be merged with theirs again.
   */
  forget(order: number): void {
    const forgotten = this.#waiting.filter((call) => call.order === order);
    if (forgotten.length === 0) return;
    this.#waiting = this.#waiting.filter((call) => call.order !== order);
    for (const { reject } of forgotten) reject(new Error('The decoder has ended'));
  }

  /** Makes the calls that wait. A failure goes to those who called. */
  async flush(): Promise<void> {
    let remaining = this.#waiting.sort((a, b) => a.order - b.order);
    this.#flushed = remaining;
    this.#waiting = [];
    while (remaining.length > 0 && !this.#closed) {
      const shared = remaining.find(({ part }) => part)?.part?.shared;
      const isTogether = ({ part }: Call<State>): boolean => part === undefined || part.shared === shared;
      const together = remaining.filter(isTogether);
      remaining = remaining.filter((call) => !isTogether(call));
      await this.#predict(shared, together);
    }
  }

  /**
   * Lets the calls that wait or are being made fail, and all that come, and frees every state: at once, or, where a
   * prediction is pending, when it is there.
   */
  close(error: unknown): void {
    this.#closed ??= { error };
    for (const { reject } of [...this.#flushed, ...this.#waiting]) reject(error);
    this.#waiting = [];
    this.#freeUnneeded();
  }

  async #predict(shared: SharedState<State> | undefined, calls: readonly Call<State>[]): Promise<void> {
    const size = calls.reduce((sum, call) => sum + call.rows.length, 0);
    const [rows, ids] = [new Int32Array(size), new Int32Array(size)];
    let at = 0;
    for (const call of calls) {
      ids.set(call.ids, at);
      for (const row of call.rows) rows[at++] = row < 0 ? row : row + (call.part?.firstRow ?? 0);
    }
    this.#inUse.push(shared);
    try {
      const { logProbabilities, state } = await this.#predictor.next(shared?.state, rows, ids);
      const result = { state, parts: calls.length };
      this.#states.add(result);
      const { vocabularySize } = this.#predictor.tokenizer;
      let firstRow = 0;
      for (const call of calls) {
        const end = firstRow + call.rows.length;
        const part = logProbabilities.subarray(firstRow * vocabularySize, end * vocabularySize);
        call.resolve({ logProbabilities: part, state: { shared: result, firstRow } });
        firstRow = end;
      }
    } catch (error) {
      for (const { reject } of calls) reject(error);
    } finally {
      this.#inUse.splice(this.#inUse.indexOf(shared), 1);
      this.#freeUnneeded();
    }
  }

  /** Is not merged with others: it is one large call. */
  async #read(part: StatePart<State> | undefined, row: number, ids: Int32Array): Promise<Prediction<State>> {
    this.#checkOpen();
    const shared = part?.shared;
    this.#inUse.push(shared);
    try {
      const ownRow = row < 0 ? row : row + (part?.firstRow ?? 0);
      const made = await this.#predictor.read?.(shared?.state, ownRow, ids);
      if (made === undefined) throw new TypeError('The predictor cannot read many tokens at once');
      const result = { state: made.state, parts: 1 };
      this.#states.add(result);
      this.#checkOpen();
      return { logProbabilities: made.logProbabilities, state: { shared: result, firstRow: 0 } };
    } finally {
      this.#inUse.splice(this.#inUse.indexOf(shared), 1);
      this.#freeUnneeded();
    }
  }

  #checkOpen(): void {
    if (this.#closed) throw this.#closed.error;
  }

  #freeUnneeded(): void {
    for (const shared of this.#states) {
      if (this.#inUse.includes(shared) || (shared.parts > 0 && !this.#closed)) continue;
      this.#states.delete(shared);
      this.#predictor.free(shared.state);
    }
  }
}
