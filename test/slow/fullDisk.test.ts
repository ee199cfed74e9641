import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import test from 'ava';
import { programAt } from '../support/places.js';
import { runNode, runProgram } from '../support/runProgram.js';
import { temporaryDirectory } from '../support/temporaryFiles.js';
import { testWith } from '../support/testWith.js';

// A small file system of one's own, which is gone with the process: Linux, where users may have namespaces.
const NAMESPACE = ['--map-root-user', '--mount'];
const canMount = spawnSync('unshare', [...NAMESPACE, 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0;
const mountTest = testWith('mounts', canMount);

/** Arguments of Node that train a small model on a few sentences, into a directory. */
function trainInto(run: string, parent: string, epochs: number): string[] {
  const corpus = join(parent, 'sentences.txt');
  const sentences = readFileSync('corpus/state-of-the-union.txt', 'utf8').match(/[A-Z][a-z ,]{20,80}\./g) ?? [];
  writeFileSync(corpus, sentences.slice(0, 150).join('\n'));
  return [
    ...programAt('scripts/train.ts', '--corpus', corpus, '--sentence-per-line', '--hold-out', '0.1'),
    ...[
      '--hidden',
      '24',
      '--embedding',
      '64',
      '--max-tokens',
      '400',
      '--epochs',
      `${epochs}`,
      '--checkpoint-every',
      '1',
    ],
    ...['--no-tensorboard', '--workers', '1', '--out', run],
  ];
}

mountTest(
  'on a full disk, npm run train ends with one line that says so, and goes on where there is room again',
  async (t) => {
    const parent = await temporaryDirectory(t);
    const disk = join(parent, 'disk');
    const train = [process.execPath, ...trainInto(join(disk, 'run'), parent, 2)];
    // Room for two checkpoints of 177 kB and the run's small files, not for a third beside them.
    const script = `
    mkdir "$0" && mount -t tmpfs -o size=420k tmpfs "$0" || exit
    "$@"; echo "exit $?"; ls "$0/run/checkpoints"
    mount -o remount,size=64m "$0"
    "$@" --resume; echo "exit $?"; wc -l < "$0/run/metrics.jsonl"`;
    const { stdout, stderr } = await runProgram('unshare', [...NAMESPACE, 'bash', '-c', script, disk, ...train]);
    t.regex(
      stderr,
      /\nExpected to write .*checkpoint-000000003\.safetensors, but ENOSPC: no space left on device, write\n/,
    );
    t.regex(stdout, /^exit 2\ncheckpoint-000000001\.safetensors\ncheckpoint-000000002\.safetensors\n/);
    t.regex(stderr, /\ngo on after 2 steps/);
    t.regex(stdout, /\nexit 0\n2\n$/);
  },
);

test('where the directory of a run is removed, npm run train ends with one line that says so, and does not make it again', async (t) => {
  const parent = await temporaryDirectory(t);
  const run = join(parent, 'run');
  const removed = (async () => {
    while (!existsSync(join(run, 'checkpoints', 'checkpoint-000000002.safetensors'))) await setTimeout(5);
    rmSync(run, { recursive: true, maxRetries: 5 });
  })();
  const { code, stderr } = await runNode(trainInto(run, parent, 1000));
  await removed;
  t.is(code, 2, stderr);
  t.regex(stderr, /\nExpected .*, (but|got) ENOENT: no such file or directory, \w+.*\n$/);
  t.false(existsSync(run));
});

mountTest(
  'on a full disk, what is written is whole or not there: a vocabulary, a run, and what goes to standard output',
  async (t) => {
    const parent = await temporaryDirectory(t);
    const disk = join(parent, 'disk');
    const corpus = join(parent, 'text.txt');
    writeFileSync(corpus, readFileSync('corpus/state-of-the-union.txt').subarray(0, 200_000));
    const tokenizer = programAt('scripts/tokenizer.ts', '--corpus', corpus, '--vocabulary', '600');
    const node = (args: string[]): string => [process.execPath, ...args].join(' ');
    // Room for one page beside an old file: a new one of more than 4 kB is cut short in its second page.
    const script = `
    mkdir "$0" && mount -t tmpfs -o size=8k tmpfs "$0" || exit
    echo old > "$0/pieces.model"
    ${node(tokenizer)} --overwrite --out "$0/pieces.model"; echo "exit $?"; cat "$0/pieces.model"; ls "$0"
    ${node(tokenizer)} --out "$0/new.model"; echo "exit $?"; ls "$0"
    ${node(trainInto(join(disk, 'run'), parent, 1))}; echo "exit $?"; ls "$0"
    head -c 4090 /dev/zero > "$0/output"
    ${node(programAt('scripts/babblebrook.ts', '--help'))} >> "$0/output"; echo "exit $?"`;
    const { stdout, stderr } = await runProgram('unshare', [...NAMESPACE, 'bash', '-c', script, disk]);
    t.regex(stderr, /^Expected to write \S+pieces\.model, but ENOSPC: no space left on device, write\n/);
    t.regex(stderr, /\nExpected to write \S+new\.model, but ENOSPC: no space left on device, write\n/);
    t.regex(stderr, /\nExpected to write to standard output, but ENOSPC: no space left on device, write\n$/);
    t.is(stderr.match(/learned/), null);
    t.regex(stdout, /^exit 2\nold\npieces\.model\nexit 2\npieces\.model\nexit 2\n/);
    t.regex(stdout, /exit 2\n$/);
  },
);
