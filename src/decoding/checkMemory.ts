import { describe, InvalidArgumentError } from '../errors.js';
import { availableMemory } from '../memory.js';
import type { TokenPredictor } from './TokenPredictor.js';

/** What a hypothesis takes as objects while it is short: itself, its lists, and the candidate that it was (measured). */
const OBJECT_BYTES = 600;

/** A hypothesis' log-probabilities as the predictor gives them (4), as totals (8), and as a search sorts them (8). */
const BYTES_PER_ID = 20;

/**
 * Checks that memory has room for so many hypotheses at one time step, which `option` asked for.
 * @throws {InvalidArgumentError} that says what they would take, at least, and what there is.
 */
export function checkMemory<State>(
  option: string,
  asked: number,
  hypotheses: number,
  { tokenizer, stateBytes = 0 }: TokenPredictor<State>,
): void {
  const objectBytes = hypotheses * OBJECT_BYTES;
  // A predictor goes from one state to the next, and has both.
  const bytes = objectBytes + hypotheses * (BYTES_PER_ID * tokenizer.vocabularySize + 2 * stateBytes);
  const available = availableMemory();
  if (objectBytes <= available.objectBytes && bytes <= available.bytes) return;
  const [needed, there] = bytes > available.bytes ? [bytes, available.bytes] : [objectBytes, available.objectBytes];
  throw new InvalidArgumentError(
    `Expected ${option} to be so many that memory has room for a time step of them, got ${describe(asked)}: ` +
      `${gigabytes(needed)} would be needed, and ${gigabytes(there)} are there`,
  );
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toLocaleString('en', { maximumSignificantDigits: 3 })} GB`;
}
