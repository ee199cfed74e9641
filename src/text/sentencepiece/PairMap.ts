/**
 * A map from pairs of non-negative integers to non-negative integers: a hash table with open addressing in typed
 * arrays, several times smaller and faster than a Map of strings or of numbers beyond 2³¹.
 */
export class PairMap {
  #size = 0;
  #firsts = new Int32Array(1024);
  #seconds = new Int32Array(1024);
  /** −1 where a slot is free. */
  #values = new Int32Array(1024).fill(-1);

  /** The value of a pair; −1 when it has none. */
  get(first: number, second: number): number {
    return this.#values[this.#slot(first, second)] ?? -1;
  }

  /** Gives a value to a pair that has none. */
  add(first: number, second: number, value: number): void {
    if (this.#size * 2 >= this.#values.length) this.#grow();
    this.#put(first, second, value);
    this.#size++;
  }

  #put(first: number, second: number, value: number): void {
    const slot = this.#slot(first, second);
    this.#firsts[slot] = first;
    this.#seconds[slot] = second;
    this.#values[slot] = value;
  }

  /** Where the pair is, or would be. */
  #slot(first: number, second: number): number {
    const mask = this.#values.length - 1;
    let hash = Math.imul(first, 0x9e3779b1) ^ Math.imul(second, 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
    let slot = (hash ^ (hash >>> 13)) & mask;
    while (this.#values[slot] !== -1 && (this.#firsts[slot] !== first || this.#seconds[slot] !== second))
      slot = (slot + 1) & mask;
    return slot;
  }

  #grow(): void {
    const [firsts, seconds, values] = [this.#firsts, this.#seconds, this.#values];
    this.#firsts = new Int32Array(values.length * 2);
    this.#seconds = new Int32Array(values.length * 2);
    this.#values = new Int32Array(values.length * 2).fill(-1);
    values.forEach((value, slot) => {
      if (value !== -1) this.#put(firsts[slot] ?? 0, seconds[slot] ?? 0, value);
    });
  }
}
