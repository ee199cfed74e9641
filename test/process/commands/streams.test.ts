import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { commandAt } from '../../support/places.js';
import { type Outcome, runProgram } from '../../support/runProgram.js';
import { sweep } from '../../support/sweeps.js';
import { temporaryDirectory } from '../../support/temporaryFiles.js';
import { testWith } from '../../support/testWith.js';

// Nothing is computed here that the fastest backend to load could not.
const env = { ...process.env, BABBLEBROOK_BACKEND: 'cpu' };

// /dev/full takes nothing, as a file on a full disk.
const streamTest = testWith('Linux', existsSync('/dev/full'), test.serial);

const FULL = 'Expected to write to standard output, but ENOSPC: no space left on device, write\n';

/** Runs a script of ours in a shell, with redirections behind it. */
function shell(script: string, redirections: string, before = ''): Promise<Outcome> {
  const [name = '', ...flags] = script.split(' ');
  const command = `set -o pipefail; ${before} ${commandAt(`scripts/${name}`)} ${flags.join(' ')} ${redirections}`;
  return runProgram('bash', ['-c', command], { env });
}

async function corpusOf(t: ExecutionContext): Promise<{ dir: string; corpus: string }> {
  const dir = await temporaryDirectory(t);
  const corpus = join(dir, 'text.txt');
  const lines = Array.from({ length: 60 }, (_, index) => `We built road ${index} of our roads. Will we rebuild it?`);
  writeFileSync(corpus, lines.join('\n'));
  return { dir, corpus };
}

const SCRIPTS = ['babblebrook.ts --version', 'babblebrook.ts --help', 'babblebrook.ts train --help', 'doctor.ts'];
for (const script of sweep(SCRIPTS, (words) => ['babblebrook.ts train --help', 'doctor.ts'].includes(words)))
  streamTest(`${script} into a standard output that is full is one line, and exit code 2`, async (t) => {
    t.deepEqual(await shell(script, '> /dev/full'), { code: 2, stdout: '', stderr: FULL });
  });

streamTest('a reader that leaves is no mistake, and nothing is said', async (t) => {
  t.deepEqual(await shell('babblebrook.ts --help', '| true'), { code: 0, stdout: '', stderr: '' });
});

streamTest('a tokenizer is written whatever the streams are', async (t) => {
  const { dir, corpus } = await corpusOf(t);
  const out = join(dir, 'pieces.model');
  const script = `tokenizer.ts --corpus ${corpus} --vocabulary 40 --overwrite --out ${out}`;
  const outcome = await shell(script, '> /dev/full');
  t.is(outcome.code, 2);
  t.regex(outcome.stderr, new RegExp(`^\\S+: learned in .* s\\n${FULL}$`));
  const bytes = readFileSync(out);
  for (const redirections of ['2> /dev/full']) {
    const { code, stdout } = await shell(script, redirections);
    t.is(code, 0);
    t.regex(stdout, /^model .*\nsentences {12}120\n/);
    t.deepEqual(readFileSync(out), bytes);
  }
});

streamTest(
  'a training goes on where nobody reads its standard error, and ends with what it learned saved, and no lock',
  async (t) => {
    const { dir, corpus } = await corpusOf(t);
    const run = join(dir, 'run');
    const flags = '--hidden 8 --epochs 2 --max-tokens 800 --workers 1 --no-tensorboard --backend cpu --hold-out 0.2';
    const { code, stderr } = await shell(
      `train.ts --corpus ${corpus} ${flags} --out ${run}`,
      '2> /dev/full > /dev/full',
    );
    t.is(code, 2, stderr);
    t.deepEqual(readdirSync(run).sort(), [
      'best',
      'checkpoints',
      'last',
      'metrics.jsonl',
      'passages.txt',
      'run.json',
      'tokenizer.json',
    ]);
    t.is(readFileSync(join(run, 'metrics.jsonl'), 'utf8').trim().split('\n').length, 2);
  },
);

streamTest(
  'a corpus that can be read once only is read whole: a pipe by its name, as standard input or another, packed or not',
  async (t) => {
    const { dir, corpus } = await corpusOf(t);
    const pipe = join(dir, 'pipe.gz');
    const pipes = [
      ['/dev/stdin', '', `< <(cat ${corpus})`],
      [`<(cat ${corpus})`, '', ''],
      [pipe, `mkfifo ${pipe}; gzip -c ${corpus} > ${pipe} &`, ''],
    ] as const;
    // test/process/sources.test.ts has pipes that are not packed.
    for (const [name, before, redirections] of sweep(pipes, ([name]) => name === pipe)) {
      const script = `tokenizer.ts --vocabulary 40 --overwrite --out ${join(dir, 'x.model')} --corpus ${name}`;
      const { code, stdout, stderr } = await shell(script, redirections, before);
      t.is(code, 0, stderr);
      t.regex(stdout, /^sentences {12}120$/m);
    }
  },
);

streamTest('a standard input that cannot be read, or is empty, is one line, and exit code 2', async (t) => {
  const { dir } = await corpusOf(t);
  const script = `tokenizer.ts --corpus - --out ${join(dir, 'x.model')}`;
  for (const [redirections, stderr] of [
    [`0> ${join(dir, 'new')}`, 'Expected standard input to be a readable file: it is not open for reading\n'],
    ['< /dev/null', 'Expected sentences to learn from, got none\n'],
  ] as const)
    t.deepEqual(await shell(script, redirections), { code: 2, stdout: '', stderr });
});
