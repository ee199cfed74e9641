import { InvalidArgumentError } from '../errors.js';
import { grouped, inBytes } from '../inBytes.js';
import { memoryLimit, objectMemoryLimit } from '../memory.js';
import type { TokenPredictor } from './TokenPredictor.js';

/** What a hypothesis takes as objects while it is short: itself, its lists, and the candidate that it was (measured). */
const OBJECT_BYTES = 600;

/** A hypothesis' log-probabilities as the predictor gives them (4), as totals (8), and as a search sorts them (8). */
const BYTES_PER_ID = 20;

/**
 * Checks that memory has room for so many hypotheses at one time step, which `option` asked for.
 * @throws {InvalidArgumentError} that says what they take, at least, and what there is.
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
  check(option, asked, bytes, memoryLimit(), 'memory');
  check(option, asked, objectBytes, objectMemoryLimit(), 'memory for objects');
}

function check(option: string, asked: number, bytes: number, limit: number, memory: string): void {
  if (bytes <= limit) return;
  throw new InvalidArgumentError(
    `Expected ${option} that fit into ${inBytes(limit)} of ${memory}, got ${grouped(asked)}, which take at least ${inBytes(bytes)}`,
    { options: [option] },
  );
}
