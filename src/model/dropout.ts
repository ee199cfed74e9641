import { random } from '../random.js';

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
 * layer; the rate is first rounded to a multiple of 2⁻¹⁶. A part of a batch gets its rows of the whole batch's mask.
 */
export function dropoutMask(
  [rows, columns]: readonly [number, number],
  rate: number,
  seed: number,
  place: DropoutPlace,
  layer: number,
): Float32Array {
  const { bits } = random(seed, `dropout.${place.epoch}.${place.index}.${layer}`);
  const threshold = Math.round(rate * 0x10000);
  const scale = 0x10000 / (0x10000 - threshold);
  const mask = new Float32Array(rows * columns);
  /** Copies `count` numbers of the whole batch's mask. */
  const draw = (to: number, from: number, count: number): void => {
    let drawn = bits(from >> 1);
    for (let place = 0; place < count; place++) {
      const position = from + place;
      if (position % 2 === 0) drawn = bits(position >> 1);
      const half = position % 2 === 0 ? drawn & 0xffff : drawn >>> 16;
      mask[to + place] = half < threshold ? 0 : scale;
    }
  };
  if (place.part === undefined) draw(0, 0, mask.length);
  else {
    const { sequences, size } = place.part;
    for (let row = 0; row < rows; row++) {
      const time = Math.floor(row / sequences.length);
      const sequence = sequences[row % sequences.length] ?? 0;
      draw(row * columns, (time * size + sequence) * columns, columns);
    }
  }
  return mask;
}
