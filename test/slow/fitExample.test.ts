import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import test from 'ava';
import { exampleAt } from '../support/places.js';
import { runNode } from '../support/runProgram.js';
import { temporaryDirectory } from '../support/temporaryFiles.js';

test('examples/04-stop-and-resume.ts trains, is stopped with Ctrl-C, and goes on where it was', async (t) => {
  t.timeout(600_000);
  const path = join(await temporaryDirectory(t), 'run');
  const program = (minutes: string): string[] => exampleAt('04-stop-and-resume.ts', minutes, path);
  const child = spawn(process.execPath, program('60'), { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line);
    if (line.startsWith('step 40:')) child.kill('SIGINT');
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
  t.is(child.exitCode, 0);
  t.true(lines.includes('ended: aborted'), lines.join('\n'));
  const again = await runNode(program('0.2'));
  t.is(again.code, 0, again.stderr);
  const steps = again.stdout.split('\n').flatMap((line) => /^step (\d+):/.exec(line)?.[1] ?? []);
  t.true(
    steps.every((step) => Number(step) > 40),
    again.stdout,
  );
  t.regex(again.stdout, /^ended: minutes$/m);
});
