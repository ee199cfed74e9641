import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { programAt } from '../../support/places.js';
import { runNode } from '../../support/runProgram.js';

const dir = mkdtempSync(join(tmpdir(), 'babblebrook-tune-killed-'));
const at = (name: string): string => join(dir, name);
test.after.always(() => rm(dir, { recursive: true, force: true }));

test('a search that is killed in the midst of a trial goes on with that trial, and changes no line that it has', async (t) => {
  writeFileSync(at('text.txt'), Array.from({ length: 40 }, (_, i) => `We go on ${i % 7} days.`).join('\n'));
  writeFileSync(at('space.json'), JSON.stringify({ hidden: { oneOf: [4, 6] } }));
  // Nine trainings of a third of a second, three of one, one of three.
  const flags = ['--hours', '0.0025', '--minutes', '0.05', '--space', at('space.json'), '--log', at('log.jsonl')];
  const text = ['--corpus', at('text.txt'), '--sentence-per-line', '--workers', '1', '--cell', 'rnn'];
  const program = programAt('scripts/tune.ts', ...text, ...flags);
  const linesIn = () =>
    existsSync(at('log.jsonl')) ? readFileSync(at('log.jsonl'), 'utf8').split('\n').slice(0, -1) : [];

  const child = spawn(process.execPath, program, { stdio: 'ignore' });
  const ended = once(child, 'close');
  const watching = setInterval(() => {
    if (linesIn().length >= 4) child.kill('SIGKILL');
  }, 10);
  await ended;
  clearInterval(watching);
  const before = linesIn();
  const { code, stderr, stdout } = await runNode(program);
  t.is(code, 0, stderr);
  const lines = linesIn();
  t.deepEqual(lines.slice(0, before.length), before);
  const trials = lines.slice(1).map((line) => JSON.parse(line));
  const keys = trials.map(({ number, rung }) => `${rung}.${number}`);
  t.is(new Set(keys).size, keys.length);
  t.deepEqual(
    [0, 1, 2].map((rung) => trials.filter((trial) => trial.rung === rung).length),
    [9, 3, 1],
  );
  t.is(JSON.parse(stdout).rung, 2);
});
