import type { Hypothesis } from './Hypothesis.js';

/** What a hypothesis in a search is made of. */
export interface Growth {
  /** What it goes on from; `undefined` before any token. */
  readonly parent: GrowingHypothesis | undefined;
  /** Its last token; `undefined` where that is EOS, and before any. */
  readonly id: number | undefined;
  /** What the model gave that token, in nats. */
  readonly tokenLogProbability: number;
  readonly logProbability: number;
  readonly score: number;
  readonly complete: boolean;
}

/**
 * A hypothesis in a search. It shares with others what it goes on from, so that to grow takes the same time however long it is; its lists
 * are made when they are asked for. Two that begin with the same ids are one there.
 */
export class GrowingHypothesis implements Growth, Hypothesis {
  readonly parent: GrowingHypothesis | undefined;
  readonly id: number | undefined;
  readonly tokenLogProbability: number;
  readonly logProbability: number;
  readonly score: number;
  readonly complete: boolean;
  /** How many ids it has. */
  readonly length: number;
  #ids: readonly number[] | undefined;

  constructor({ parent, id, tokenLogProbability, logProbability, score, complete }: Growth) {
    this.parent = parent;
    this.id = id;
    this.tokenLogProbability = tokenLogProbability;
    this.logProbability = logProbability;
    this.score = score;
    this.complete = complete;
    this.length = (parent?.length ?? 0) + (id === undefined ? 0 : 1);
  }

  get ids(): readonly number[] {
    if (this.#ids) return this.#ids;
    const known = this.parent ? this.parent.#ids : undefined;
    if (!known) this.#ids = this.after(0).map(({ id }) => id as number);
    else this.#ids = this.id === undefined ? known : known.concat(this.id);
    // Whoever goes on from the parent has its list, and nobody that of before: kept, they would take memory by the square of the length.
    if (this.parent?.parent) this.parent.parent.#ids = undefined;
    return this.#ids;
  }

  get logProbabilities(): readonly number[] {
    const ofIds = this.after(0).map(({ tokenLogProbability }) => tokenLogProbability);
    return this.parent && this.id === undefined ? [...ofIds, this.tokenLogProbability] : ofIds;
  }

  /** What it grew through, token by token, behind the first `from` of its ids; each has an id. */
  after(from: number): GrowingHypothesis[] {
    const path: GrowingHypothesis[] = [];
    for (let at: GrowingHypothesis | undefined = this.#withId; at && at.length > from; at = at.parent) path.push(at);
    return path.reverse();
  }

  /** The longest that this and others begin with, given that they share the first `known` ids. */
  sharedWith(others: readonly GrowingHypothesis[], known: number): GrowingHypothesis {
    let shared: GrowingHypothesis = this.#withId;
    for (const one of others) {
      let other: GrowingHypothesis = one.#withId;
      while (other !== shared && shared.length > known) {
        const { length } = shared;
        if (length >= other.length) shared = shared.parent ?? shared;
        if (other.length >= length) other = other.parent ?? other;
      }
    }
    return shared;
  }

  /** It, as plain data. */
  toHypothesis(): Hypothesis {
    const { ids, logProbabilities, logProbability, score, complete } = this;
    return { ids, logProbabilities, logProbability, score, complete };
  }

  /** Where EOS has come, what it came behind. */
  get #withId(): GrowingHypothesis {
    return this.id === undefined && this.parent ? this.parent : this;
  }
}
