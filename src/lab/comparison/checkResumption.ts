import { isDeepStrictEqual } from 'node:util';
import { InvalidArgumentError } from '../../errors.js';
import type { Comparison, ComparisonSettings, TextSize } from './Comparison.js';

/** What may be asked for anew of a comparison that goes on. */
const MAY_DIFFER: Partial<Record<keyof ComparisonSettings, undefined>> = {
  seeds: undefined,
  longer: undefined,
  forgetBias: undefined,
};

/**
 * Checks that a comparison with these settings, of this text, is the one that was begun.
 * @throws {InvalidArgumentError} when it is another.
 */
export function checkResumption(from: Comparison, settings: ComparisonSettings, text: Comparison['text']): void {
  const [was, is] = [from.settings, settings].map((one) => ({ ...one, ...MAY_DIFFER }));
  for (const [name, value] of Object.entries({ ...is, ...was })) {
    const asked = (is as Readonly<Record<string, unknown>>)[name];
    const begun = (was as Readonly<Record<string, unknown>>)[name];
    if (!isDeepStrictEqual(asked, begun))
      throw new InvalidArgumentError(
        `Expected ${name} to be ${JSON.stringify(begun)}, as the comparison began, got ${JSON.stringify(asked ?? value)}`,
        { options: [name] },
      );
  }
  for (const [what, begun, now] of [
    ['vocabulary', from.text.vocabularySize, text.vocabularySize],
    ['text to learn from', inWords(from.text.train), inWords(text.train)],
    ['text to validate on', inWords(from.text.valid), inWords(text.valid)],
  ])
    if (begun !== now)
      throw new InvalidArgumentError(
        `Expected the ${what} that the comparison began with, of ${begun}, got another, of ${now}`,
      );
}

function inWords({ sentences, tokens }: TextSize): string {
  return `${sentences} sentences and ${tokens} tokens`;
}
