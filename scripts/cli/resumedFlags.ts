import { InvalidArgumentError } from '../../src/index.js';
import { RunDirectory } from './RunDirectory.js';
import type { TrainFlags } from './TrainFlags.js';

/** Flags that say how to run, not what; a run that goes on takes them from the command line. */
const HOW: readonly string[] = ['out', 'resume', 'overwrite', 'tensorboard', 'checkpointEvery', 'backend'];

/**
 * The flags of a run that goes on: those that it began with. `typed` are the names of those on the command line.
 * @throws {InvalidArgumentError} when a flag asks for something else than the run began with, or there is no `--out`.
 */
export async function resumedFlags(flags: TrainFlags, typed: ReadonlySet<string>): Promise<TrainFlags> {
  const { out } = flags;
  if (out === undefined)
    throw new InvalidArgumentError('Expected --out, the run to go on with, beside --resume; got none');
  const recorded = await RunDirectory.settings(out);
  if (!recorded) return flags;
  const what = Object.entries(recorded).filter(([name]) => !HOW.includes(name));
  for (const [name, value] of what) {
    const asked = flags[name as keyof TrainFlags];
    if (typed.has(name) && JSON.stringify(asked) !== JSON.stringify(value))
      throw new InvalidArgumentError(
        `Expected ${flagOf(name)} to be ${value}, as the run in ${out} began, got ${asked}. Without it, the run goes on`,
      );
  }
  for (const name of typed)
    if (!HOW.includes(name) && !(name in recorded))
      throw new InvalidArgumentError(
        `Expected no ${flagOf(name)}, as the run in ${out} began, got ${flags[name as keyof TrainFlags]}`,
      );
  return { ...flags, ...Object.fromEntries(what) };
}

/** `maxTokens` → `--max-tokens`. */
function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
