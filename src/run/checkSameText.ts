import { SourceChangedError } from '../errors.js';

/**
 * Checks that a training goes on with the text that it began with, by their fingerprints; where either has none, nobody knows.
 * @throws {SourceChangedError} when the text is another one.
 */
export function checkSameText(begun: string | undefined, now: string | undefined): void {
  if (begun === undefined || now === undefined || begun === now) return;
  throw new SourceChangedError(
    `Expected the text that the training began with, whose batches have the SHA-256 ${begun.slice(0, 12)}…, got another one, ${now.slice(0, 12)}…: a source, or how it is read, has changed`,
  );
}
