/** To insert a place costs k steps at worst: where k is larger than this, to sort many at once is faster. */
const INSERTED_AT_MOST = 64;

/**
 * The k places of highest log-probability that are not excluded (−∞), best first; among equals, the lower place first.
 * With a vocabulary's log-probabilities, places are ids.
 */
export function mostProbable(logProbabilities: ArrayLike<number>, k: number): readonly number[] {
  return new MostProbable(k).take(logProbabilities, 0).places();
}

/** The k best places of several rows, which are taken one behind the other. */
export class MostProbable {
  readonly #k: number;
  #places: number[] = [];
  #values: number[] = [];
  #taken = 0;
  /** What is not higher is not among the best. */
  #toBeat = -Infinity;

  constructor(k: number) {
    this.#k = k;
  }

  /** Takes the next row: the sum of `base` and each of its values. */
  take(values: ArrayLike<number>, base: number): this {
    const [first, { length }] = [this.#taken, values];
    let toBeat = this.#toBeat;
    for (let at = 0; at < length; at++) {
      const value = base + (values[at] as number);
      if (value <= toBeat) continue;
      if (this.#k > INSERTED_AT_MOST) this.#append(first + at, value);
      else this.#insert(first + at, value);
      toBeat = this.#toBeat;
    }
    this.#taken += length;
    return this;
  }

  /** Passes a row over, all of whose places are excluded. */
  pass(length: number): void {
    this.#taken += length;
  }

  /** The best places so far, best first. */
  places(): readonly number[] {
    if (this.#k > INSERTED_AT_MOST) this.#sort();
    return this.#places;
  }

  /** Of the best places so far, in their order, what they were taken with. */
  values(): readonly number[] {
    if (this.#k > INSERTED_AT_MOST) this.#sort();
    return this.#values;
  }

  #insert(place: number, value: number): void {
    const [places, values] = [this.#places, this.#values];
    let rank = Math.min(places.length, this.#k - 1);
    for (; rank > 0 && (values[rank - 1] as number) < value; rank--) {
      places[rank] = places[rank - 1] as number;
      values[rank] = values[rank - 1] as number;
    }
    places[rank] = place;
    values[rank] = value;
    if (places.length === this.#k) this.#toBeat = values[this.#k - 1] as number;
  }

  #append(place: number, value: number): void {
    this.#places.push(place);
    this.#values.push(value);
    if (this.#places.length >= 2 * this.#k) this.#sort();
  }

  /** Leaves the k best, in their order. */
  #sort(): void {
    const [places, values] = [this.#places, this.#values];
    // Sorting is stable: among equals, the lower place, which was taken before, stays first.
    const order = [...places.keys()].sort((a, b) => (values[b] as number) - (values[a] as number)).slice(0, this.#k);
    this.#places = order.map((at) => places[at] as number);
    this.#values = order.map((at) => values[at] as number);
    if (order.length === this.#k) this.#toBeat = this.#values.at(-1) as number;
  }
}
