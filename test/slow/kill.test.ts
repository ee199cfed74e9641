import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { latestCheckpoint } from '../../src/training/checkpoints/latestCheckpoint.js';
import { killAtRandom } from '../support/killAtRandom.js';
import { runNode } from '../support/runProgram.js';
import { temporaryDirectory } from '../support/temporaryFiles.js';

const PROGRAM = fileURLToPath(new URL('../support/resumableProgram.ts', import.meta.url));
const EPOCHS = 60;

test('a training that is killed 20 times at random moments ends with the losses and weights of one never killed', async (t) => {
  const parent = await temporaryDirectory(t);
  const run = (dir: string): string[] => ['--import=tsx', PROGRAM, dir, `${EPOCHS}`];
  const result = (dir: string) => {
    const { state, notes } = latestCheckpoint(dir)?.checkpoint ?? t.fail();
    const { seconds: _, ...numbers } = state;
    return { metrics: readFileSync(join(dir, 'metrics.jsonl'), 'utf8'), numbers, notes };
  };
  const [whole, killed] = [join(parent, 'whole'), join(parent, 'killed')];
  const { code, stderr } = await runNode(run(whole));
  t.is(code, 0, stderr);
  const expected = result(whole);
  t.is(expected.metrics.trim().split('\n').length, EPOCHS);
  const done = await killAtRandom({
    ...{ program: process.execPath, args: run(killed), kills: 20, within: 1500 },
    whenDone: () => {
      t.deepEqual(result(killed), expected);
      rmSync(killed, { recursive: true });
    },
  });
  t.log(`it came to its end ${done} times`);
});
