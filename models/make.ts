// Trains the model that comes with the package: `npx tsx models/make.ts`, about six minutes on two cores that have nothing else to do.
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main } from '../scripts/babblebrook.js';

const flags = '--hidden 280 --dropout 0.1 --epochs 5 --seed 1 --workers 2 --no-tensorboard';
const dir = mkdtempSync(join(tmpdir(), 'babblebrook-model-'));
try {
  const run = join(dir, 'run');
  const code = await main(['train', ...flags.split(' '), '--out', run]);
  if (code !== 0) throw new Error(`The training ended with exit code ${code}`);
  const made = new URL('state-of-the-union/best', import.meta.url);
  rmSync(made, { recursive: true, force: true });
  cpSync(join(run, 'best'), made, { recursive: true });
} finally {
  rmSync(dir, { recursive: true });
}
