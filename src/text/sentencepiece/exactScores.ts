import { PIECE_FIELDS, PIECES } from './modelProto.js';
import { readFields } from './protobuf.js';

/**
 * Scores of unigram models are multiples of this, in nats. SentencePiece adds 32-bit floats, and up to 16,384, some two
 * thousand tokens, sums of such multiples are exact: two ways to split a text into the same pieces in another order
 * (`00` + `0` and `0` + `00`) have the same score, and all versions of SentencePiece take the same one. Else rounding
 * decides, and versions differ: that of sentencepiece-js and Python's 0.2.3 did in 1 of 4,000 sentences.
 */
const SCORE_STEP = 1 / 1024;

/** A score as a multiple of 1/1024. */
export function exactScore(score: number): number {
  return Math.round(score / SCORE_STEP) * SCORE_STEP;
}

/** A copy of a model file whose scores are exact. */
export function withExactScores(model: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(model);
  for (const { number, value: piece } of readFields(copy)) {
    if (number !== PIECES || typeof piece === 'number') continue;
    for (const { number: field, value } of readFields(piece)) {
      if (field !== PIECE_FIELDS.score || typeof value === 'number' || value.length !== 4) continue;
      const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
      view.setFloat32(0, exactScore(view.getFloat32(0, true)), true);
    }
  }
  return copy;
}
