import { InvalidArgumentError, RunDirectory } from '../../src/index.js';
import type { TrainFlags } from './TrainFlags.js';

/** Flags that say which run, and what becomes of it: of this call alone. */
const OF_THE_CALL: readonly string[] = ['out', 'resume', 'overwrite'];
/** Flags that say how to run, not what: other ones may be given to a run that goes on. */
const HOW: readonly string[] = ['tensorboard', 'checkpointEvery', 'backend'];

/**
 * The flags of a run that goes on: those that it began with, but for how it runs, where the command line says something
 * else. `typed` are the names of the flags on it.
 * @throws {InvalidArgumentError} when a flag asks for something else than the run began with, or there is no `--out`.
 */
export async function resumedFlags(flags: TrainFlags, typed: ReadonlySet<string>): Promise<TrainFlags> {
  const { out } = flags;
  if (out === undefined)
    throw new InvalidArgumentError('Expected --out, the run to go on with, beside --resume; got none');
  const recorded = await RunDirectory.settings(out);
  if (!recorded) return flags;
  const begun = Object.entries(recorded).filter(([name]) => !OF_THE_CALL.includes(name));
  const mayDiffer = [...OF_THE_CALL, ...HOW];
  for (const [name, value] of begun) {
    const asked = flags[name as keyof TrainFlags];
    if (typed.has(name) && !HOW.includes(name) && JSON.stringify(asked) !== JSON.stringify(value))
      throw new InvalidArgumentError(
        `Expected ${flagOf(name)} to be ${value}, as the run in ${out} began, got ${asked}. Without it, the run goes on`,
      );
  }
  for (const name of typed)
    if (!mayDiffer.includes(name) && !(name in recorded))
      throw new InvalidArgumentError(
        `Expected no ${flagOf(name)}, as the run in ${out} began, got ${flags[name as keyof TrainFlags]}`,
      );
  return { ...flags, ...Object.fromEntries(begun.filter(([name]) => !(HOW.includes(name) && typed.has(name)))) };
}

/** `maxTokens` → `--max-tokens`. */
function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
