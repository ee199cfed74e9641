import { InvalidArgumentError } from '../../src/errors.js';
import { flagOf } from './flagOf.js';
import type { TrainFlags } from './TrainFlags.js';

/** How texts are cut into sentences, which text that goes on is not. */
const OF_SENTENCES = ['sentencePerLine', 'locale', 'lineBreaks', 'dropDuplicates'] as const;

/** And how batches are made of them. */
const OF_BATCHES = ['maxTokens', 'maxLength'] as const;

/**
 * Checks that flags of sentences do not stand beside `--continuous`, nor flags of rows without it; of a run that goes on, what it began
 * with is known later.
 * @throws {InvalidArgumentError} when one does.
 */
export function checkContinuousFlags(
  { continuous, resume }: Pick<TrainFlags, 'continuous' | 'resume'>,
  typed: ReadonlySet<string>,
): void {
  if (continuous) checkNone([...OF_SENTENCES, ...OF_BATCHES], typed, 'with --continuous: text that goes on has rows');
  else if (!resume) checkNone(['rows', 'window'], typed, 'without --continuous');
}

/**
 * Checks that no flag says how sentences are cut, where text goes on.
 * @throws {InvalidArgumentError} when one does.
 */
export function checkNoSentenceFlags(typed: ReadonlySet<string>, where: string): void {
  checkNone(OF_SENTENCES, typed, where);
}

function checkNone(names: readonly string[], typed: ReadonlySet<string>, where: string): void {
  const found = names.find((name) => typed.has(name));
  if (found !== undefined) throw new InvalidArgumentError(`Expected no ${flagOf(found)} ${where}`);
}

/** The flags that a run is recorded with: those that mean something to it. */
export function recordedFlags<Flags extends TrainFlags>(flags: Flags): Partial<Flags> {
  if (!flags.continuous) return flags;
  const meaningless: readonly string[] = [...OF_SENTENCES, ...OF_BATCHES];
  return Object.fromEntries(Object.entries(flags).filter(([name]) => !meaningless.includes(name))) as Partial<Flags>;
}
