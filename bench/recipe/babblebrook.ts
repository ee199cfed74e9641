import { join } from 'node:path';
import { RunDirectory } from '../../src/index.js';
import { readMetrics } from '../../src/run/EpochMetrics.js';
import { command } from '../command.js';
import type { Outcome } from './Outcome.js';

/** What `train` makes of its flags in a run of its own; measured at the end, as its peer is, and not where it was best. */
export async function* babblebrook(directory: string, flags: readonly string[]): AsyncGenerator<Outcome> {
  const out = join(directory, 'run');
  command('train', ...flags, '--no-tensorboard', '--no-passages', '--out', out);
  const model = await RunDirectory.loadBest(out);
  const parameters = Object.values(model.weights).reduce((sum, weight) => sum + weight.size, 0);
  model.dispose();
  const metrics = readMetrics(join(out, 'metrics.jsonl'));
  const last = metrics.at(-1);
  if (!last) throw new Error(`There are no metrics in ${out}`);
  const { steps = 0, seconds, validBitsPerCharacter } = last;
  const tokens = metrics.reduce((sum, { tokens }) => sum + tokens, 0);
  yield { parameters, steps, seconds, tokens, natsPerCharacter: validBitsPerCharacter * Math.LN2 };
}
