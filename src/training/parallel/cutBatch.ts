import type { Batch } from '../../pipeline/Batch.js';

/** Some sequences of a batch, as a batch of their own. */
export interface BatchPart {
  readonly batch: Batch;
  /** `[batch.size]`: the place that each sequence has in the whole batch. */
  readonly sequences: Int32Array;
}

/**
 * Cuts a batch along its sequences into at most `count` parts that cost about the same.
 *
 *     lengths 9 8 7 6 5, 2 parts ──▶ 9 6 5 (9 time steps) and 8 7 (8 time steps)
 *
 * The sequences are dealt out like cards, longest first, and there and back. A part is as long as its longest sequence:
 * what lies behind a sequence's last unmasked token changes neither loss nor gradient, so a sequence without any is left
 * out, and a batch of fewer sequences than `count` has fewer parts, and one in which none matters is one. Of text that goes on, what a row reads matters, masked or not; rows of
 * equal length are dealt alike from batch to batch, so that a part keeps its rows.
 */
export function cutBatch(batch: Batch, count: number): BatchPart[] {
  const lengths = batch.before ? batch.lengths : lastUnmasked(batch);
  const dealt = Array.from(lengths.keys())
    .filter((sequence) => lengthAt(lengths, sequence) > 0)
    .sort((a, b) => lengthAt(lengths, b) - lengthAt(lengths, a));
  if (dealt.length === 0) return [{ batch, sequences: Int32Array.from(batch.lengths.keys()) }];
  const hands = Array.from({ length: Math.min(count, dealt.length) }, (): number[] => []);
  for (const [turn, sequence] of dealt.entries()) {
    const round = Math.floor(turn / hands.length);
    const place = turn % hands.length;
    hands[round % 2 === 0 ? place : hands.length - 1 - place]?.push(sequence);
  }
  return hands.map((hand) => pick(batch, Int32Array.from(hand), lengthAt(lengths, hand[0] ?? -1)));
}

/** How many time steps of each sequence matter: up to the last that is not masked. */
function lastUnmasked({ mask, size, length }: Batch): Int32Array {
  const steps = new Int32Array(size);
  for (let time = 0; time < length; time++)
    for (let sequence = 0; sequence < size; sequence++)
      if (mask[time * size + sequence] !== 0) steps[sequence] = time + 1;
  return steps;
}

/** These sequences of a batch, cut to a length. */
function pick(whole: Batch, sequences: Int32Array, length: number): BatchPart {
  const size = sequences.length;
  const ids = new Int32Array(length * size);
  const mask = new Float32Array(length * size);
  for (let time = 0; time < length; time++)
    for (const [place, sequence] of sequences.entries()) {
      const from = time * whole.size + sequence;
      ids[time * size + place] = whole.ids[from] ?? 0;
      mask[time * size + place] = whole.mask[from] ?? 0;
    }
  const lengths = sequences.map((sequence) => Math.min(length, lengthAt(whole.lengths, sequence)));
  const tokens = lengths.reduce((sum, tokens) => sum + tokens, 0);
  const { before, begins } = whole;
  const part: Batch = {
    ...{ ids, mask, lengths, size, length, tokens },
    ...(before && { before: sequences.map((sequence) => lengthAt(before, sequence)) }),
    ...(begins && { begins: Uint8Array.from(sequences, (sequence) => begins[sequence] ?? 0) }),
  };
  return { batch: part, sequences };
}

function lengthAt(lengths: Int32Array, sequence: number): number {
  return lengths[sequence] ?? 0;
}
