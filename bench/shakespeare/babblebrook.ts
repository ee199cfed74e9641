import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RunDirectory } from '../../src/index.js';
import { command } from '../command.js';
import type { Outcome } from './Outcome.js';

/**
 * What `train --continuous` makes of the first nine tenths in so many minutes, as it does by default but for what it holds out, and `evaluate` of the
 * rest. The last tenth goes on in the play in which the others end, whose names they have learned from all of the nine tenths.
 */
export async function* babblebrook(corpus: string, minutes: number, flags: readonly string[]): AsyncGenerator<Outcome> {
  const directory = mkdtempSync(join(tmpdir(), 'babblebrook-shakespeare-'));
  const at = (name: string): string => join(directory, name);
  try {
    const characters = [...readFileSync(corpus, 'utf8')];
    const learned = Math.floor((characters.length * 9) / 10);
    writeFileSync(at('learned.txt'), characters.slice(0, learned).join(''));
    writeFileSync(at('last.txt'), characters.slice(learned).join(''));
    const text = ['--corpus', at('learned.txt'), '--minutes', `${minutes}`, '--no-tensorboard', '--out', at('run')];
    command('train', '--continuous', '--workers', '2', '--hold-out', '0.002', ...text, ...flags);
    const { bitsPerCharacter } = JSON.parse(command('evaluate', '--run', at('run'), '--text', at('last.txt')));
    const model = await RunDirectory.loadBest(at('run'));
    const parameters = Object.values(model.weights).reduce((sum, weight) => sum + weight.size, 0);
    model.dispose();
    const [last = ''] = readFileSync(at('run/metrics.jsonl'), 'utf8').trim().split('\n').slice(-1);
    const { steps, seconds } = JSON.parse(last) as Pick<Outcome, 'steps' | 'seconds'>;
    yield { parameters, steps, seconds, natsPerCharacter: bitsPerCharacter * Math.LN2 };
  } finally {
    rmSync(directory, { recursive: true });
  }
}
