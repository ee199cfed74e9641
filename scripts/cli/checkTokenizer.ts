import { existsSync } from 'node:fs';
import { InvalidArgumentError } from '../../src/errors.js';
import { MADE } from './paths.js';

/**
 * Checks that a flag says how a tokenizer is made, or names a file.
 * @throws {InvalidArgumentError} when it does not.
 */
export function checkTokenizer(given: string): void {
  if (MADE.test(given) || existsSync(given)) return;
  throw new InvalidArgumentError(
    `Expected --tokenizer to be auto, characters, sentencepiece:N or a SentencePiece model file, got ${given}`,
  );
}
