// Trains the models that come with the package: `npx tsx models/make.ts [gru|lstm|rnn …]`, each some six minutes on two cores that have nothing else to do.
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main } from '../scripts/babblebrook.js';

/** The directories by the cells of their models. */
const RUNS: Readonly<Record<string, string>> = { gru: 'state-of-the-union', lstm: 'lstm', rnn: 'rnn' };

/** How often each reads all of the corpus. */
const EPOCHS = 5;

/** Runs a command of the package's program. */
async function run(command: string, flags: string): Promise<void> {
  const code = await main([command, ...flags.split(' ')]);
  if (code !== 0) throw new Error(`${command} ended with exit code ${code}`);
}

/** Trains a model of that cell, and keeps what a run directory has of its best, in half the bytes. */
async function make(cell: string, name: string): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'babblebrook-model-'));
  try {
    const trained = join(dir, 'run');
    const exported = join(dir, 'exported');
    await run(
      'train',
      `--cell ${cell} --hidden 280 --dropout 0.1 --epochs ${EPOCHS}${cell === 'lstm' ? ' --forget-bias 1' : ''} --seed 1 --workers 2 --no-tensorboard --out ${trained}`,
    );
    await run('export', `--run ${trained} --precision float16 --out ${exported}`);
    const made = new URL(`${name}/`, import.meta.url);
    rmSync(made, { recursive: true, force: true });
    cpSync(exported, new URL('best/', made), { recursive: true });
    cpSync(join(trained, 'passages.txt'), new URL('passages.txt', made));
  } finally {
    rmSync(dir, { recursive: true });
  }
}

const wanted = process.argv.slice(2);
for (const [cell, name] of Object.entries(RUNS))
  if (wanted.length === 0 || wanted.includes(cell)) await make(cell, name);
