import { hashString } from '../random.js';
import { drawMask } from './masks/drawMask.js';

/** Rates are multiples of one in so many. */
const PARTS = 0x1000;

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
 * what it is for (of outputs, the layer's number); the rate is first rounded to a multiple of 2⁻¹². A part of a batch gets its rows of the whole
 * batch's mask. With `length` 1, that is a mask for each sequence. `kept` is what the rest is, where it is not 1/(1 − rate).
 */
export function dropoutMask(
  [rows, columns]: readonly [number, number],
  rate: number,
  seed: number,
  place: DropoutPlace,
  what: string | number,
  kept?: number,
): Float32Array<ArrayBuffer> {
  const threshold = Math.min(Math.round(rate * PARTS), PARTS - 1);
  const value = kept ?? PARTS / (PARTS - threshold);
  const key = [seed | 0, hashString(`dropout.${place.epoch}.${place.index}.${what}`)] as const;
  return drawMask(placesOf(rows, place), columns, { key, threshold, value });
}

/** The places of rows in the whole batch. */
function placesOf(rows: number, { part }: DropoutPlace): Int32Array {
  if (!part) return Int32Array.from({ length: rows }, (_, row) => row);
  const { sequences, size } = part;
  const own = sequences.length;
  return Int32Array.from({ length: rows }, (_, row) => Math.floor(row / own) * size + (sequences[row % own] ?? 0));
}
