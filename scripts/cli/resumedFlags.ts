import { InvalidArgumentError, RunDirectory } from '../../src/index.js';
import { flagOf } from './flagOf.js';
import { pathsFromHere } from './paths.js';
import type { TrainFlags } from './TrainFlags.js';

/** Flags that say which run, and what becomes of it: of this call alone. */
const OF_THE_CALL: readonly string[] = ['out', 'resume', 'overwrite'];
/** Flags that say how to run, not what: other ones may be given to a run that goes on. */
const HOW: readonly string[] = ['tensorboard', 'checkpointEvery', 'backend'];
/** Flags that say where the text is: it may have moved, and whether it is the same is seen when it is read. */
const WHERE: readonly string[] = ['corpus', 'valid'];
/** Flags that say how long: the learning rate falls towards that end. */
const LENGTHS: readonly string[] = ['minutes', 'epochs'];

/**
 * The flags of a run that goes on: those that it began with, but for how it runs and where its text is, where the command line
 * says something else. `typed` are the names of the flags on it.
 * @throws {InvalidArgumentError} when a flag asks for something else than the run began with.
 */
export async function resumedFlags(given: TrainFlags, typed: ReadonlySet<string>): Promise<TrainFlags> {
  const { out = '' } = given;
  const { directory, ...settings } = ((await RunDirectory.settings(out)) ?? {}) as Partial<TrainFlags> & {
    directory?: string;
  };
  if (Object.keys(settings).length === 0) return given;
  const flags = await pathsFromHere(given, out, undefined);
  const begun = Object.entries(await pathsFromHere(settings, out, directory)).filter(
    ([name]) => !OF_THE_CALL.includes(name),
  );
  const mayDiffer = [...HOW, ...WHERE];
  for (const [name, value] of begun) {
    const asked = flags[name as keyof TrainFlags];
    if (typed.has(name) && !mayDiffer.includes(name) && JSON.stringify(asked) !== JSON.stringify(value)) {
      const longer = LENGTHS.includes(name) ? `; a longer training is another run: --init-from ${out}` : '';
      throw new InvalidArgumentError(
        `Expected ${flagOf(name)} to be ${value}, as the run in ${out} began, got ${asked}. Without it, the run goes on${longer}`,
      );
    }
  }
  for (const name of typed)
    if (![...OF_THE_CALL, ...HOW].includes(name) && !(name in settings))
      throw new InvalidArgumentError(
        `Expected no ${flagOf(name)}, as the run in ${out} began, got ${flags[name as keyof TrainFlags]}`,
      );
  return { ...flags, ...Object.fromEntries(begun.filter(([name]) => !(mayDiffer.includes(name) && typed.has(name)))) };
}
