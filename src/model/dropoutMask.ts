import { random } from '../random.js';
import { bernoulliRow } from './bernoulliRow.js';

/** Where in a run a dropout mask belongs; the same place gives the same mask. */
export interface DropoutPlace {
  /** Which epoch, from 0. */
  readonly epoch: number;
  /** Which batch of it, from 0. */
  readonly index: number;
  /** Where the rows are those of a part of a batch: the places of its sequences in the whole, and how many that has. */
  readonly part?: { readonly sequences: Int32Array; readonly size: number } | undefined;
}

/**
 * What to multiply values `[length·size × columns]`, time-major, by: sets a share `rate` of the numbers to zero and scales
 * the rest by 1/(1 − rate), so that the expectation stays (Hinton et al. 2012). The mask is a function of seed, place and
 * what it is for (of outputs, the layer's number); the rate is first rounded to a multiple of 2⁻¹⁶. A part of a batch gets its rows of the whole
 * batch's mask. With `length` 1, that is a mask for each sequence.
 */
export function dropoutMask(
  [rows, columns]: readonly [number, number],
  rate: number,
  seed: number,
  place: DropoutPlace,
  what: string | number,
): Float32Array {
  const { words } = random(seed, `dropout.${place.epoch}.${place.index}.${what}`);
  const threshold = Math.min(Math.round(rate * 0x10000), 0xffff);
  const scale = 0x10000 / (0x10000 - threshold);
  const mask = new Float32Array(rows * columns);
  const { sequences, size = 0 } = place.part ?? {};
  const state = new Int32Array(4);
  for (let row = 0; row < rows; row++) {
    const time = sequences ? Math.floor(row / sequences.length) : 0;
    const whole = sequences ? time * size + (sequences[row % sequences.length] ?? 0) : row;
    words(2 * whole, state, 0);
    words(2 * whole + 1, state, 2);
    bernoulliRow(mask, row * columns, columns, threshold, scale, state);
  }
  return mask;
}
