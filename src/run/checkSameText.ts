import { SourceChangedError } from '../errors.js';
import type { Tokenizer } from '../text/Tokenizer.js';
import type { Checkpoint } from '../training/checkpoints/Checkpoint.js';
import { progressOf } from './FitProgress.js';

/**
 * Checks that a training goes on with the text that its checkpoint was made with, by its fingerprint and tokenizer; where either has no
 * fingerprint, nobody knows more.
 * @throws {SourceChangedError} when the text is another one.
 */
export function checkSameText(checkpoint: Checkpoint, tokenizer: Tokenizer, now: string | undefined): void {
  const { fingerprint: begun } = progressOf(checkpoint);
  if (begun !== undefined && now !== undefined && begun !== now)
    throw new SourceChangedError(
      `Expected the text that the training began with, whose batches have the SHA-256 ${begun.slice(0, 12)}…, got another one, ${now.slice(0, 12)}…: a source, or how it is read, has changed`,
    );
  // Of another alphabet, the same numbers are another text.
  if (JSON.stringify(checkpoint.tokenizer) !== JSON.stringify(tokenizer))
    throw new SourceChangedError(
      'Expected the text that the training began with, got one of another tokenizer: a source, or how it is read, has changed',
    );
}
