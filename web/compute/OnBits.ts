import type { OnRule } from './types.js';

/** At which tokens which units are on: a bit each. */
export class OnBits {
  readonly tokens: number;
  readonly #bytes: Uint8Array;
  readonly #stride: number;

  /** Of values `[tokens × width]`, row-major. */
  constructor(values: Float32Array, width: number, rule: OnRule) {
    this.tokens = values.length / width;
    this.#stride = Math.ceil(width / 8);
    this.#bytes = new Uint8Array(this.tokens * this.#stride);
    for (let token = 0; token < this.tokens; token++)
      for (let unit = 0; unit < width; unit++) {
        const byte = token * this.#stride + (unit >> 3);
        if (isOn(values[token * width + unit] as number, rule)) (this.#bytes[byte] as number) |= 1 << (unit & 7);
      }
  }

  /** Whether all of these units are on at a token. */
  areOn(units: readonly number[], token: number): boolean {
    return units.every(
      (unit) => ((this.#bytes[token * this.#stride + (unit >> 3)] as number) & (1 << (unit & 7))) !== 0,
    );
  }
}

/** Whether a unit of this value is on. */
export function isOn(value: number, { threshold, side = 'above' }: OnRule): boolean {
  return side === 'above' ? value > threshold : value < threshold;
}
