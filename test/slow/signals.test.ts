import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import test from 'ava';
import { blocksSignals } from '../../src/model/withoutSignals.js';
import { programAt } from '../support/places.js';

const STEPS = 12;

/** What `computeUnderSignals.ts` prints while signals come every few milliseconds; without a pause, none come. */
async function compute(workers: number, pause?: number): Promise<{ checksum: string; heard: number }> {
  const program = start('computeUnderSignals.ts', [`${workers}`, `${STEPS}`]);
  const lines = createInterface(program.stdout)[Symbol.asyncIterator]();
  await lines.next(); // It listens now.
  const signals = ['SIGUSR2', 'SIGWINCH', 'SIGCHLD'];
  const sender = pause === undefined ? undefined : start('sendSignals.ts', [`${program.pid}`, `${pause}`, ...signals]);
  const ended = once(program, 'close');
  const { value } = await Promise.race([
    lines.next(),
    ended.then(([code, signal]) => ({ value: `${code ?? signal}` })),
  ]);
  sender?.kill();
  await (sender && once(sender, 'close'));
  program.stdin.end();
  await ended;
  return JSON.parse(value);
}

function start(program: string, args: string[]) {
  return spawn(process.execPath, programAt(`test/support/${program}`, ...args), { stdio: ['pipe', 'pipe', 'inherit'] });
}

for (const workers of [1, 2])
  test.serial(
    `thousands of signals change no bit of training, evaluating and decoding, with ${workers} threads`,
    async (t) => {
      t.true(blocksSignals());
      const undisturbed = await compute(workers);
      const disturbed = await compute(workers, 2);
      t.is(disturbed.checksum, undisturbed.checksum);
      t.true(disturbed.heard > 500, `heard ${disturbed.heard}`);
      t.log(`heard ${disturbed.heard}`);
    },
  );
