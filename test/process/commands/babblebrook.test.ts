import { readFileSync } from 'node:fs';
import test from 'ava';
import { programAt } from '../../support/places.js';
import { runNode } from '../../support/runProgram.js';

const babblebrook = (...args: string[]) => runNode(programAt('scripts/babblebrook.ts', ...args));

for (const name of ['train', 'generate', 'evaluate', 'score', 'tokenizer', 'compare', 'doctor'])
  test(`babblebrook ${name} is npm run ${name}`, async (t) => {
    const { code, stdout } = await babblebrook(name, '--help');
    t.is(code, 0);
    t.regex(stdout, new RegExp(`^Usage: npm run ${name} -- `));
    const mistake = await babblebrook(name, '--nonsense');
    t.is(mistake.code, 2);
    t.regex(mistake.stderr, /^error: (unknown option '--nonsense'|required option '.+' not specified)\n$/);
  });

test('babblebrook --version is the version of the package', async (t) => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  t.deepEqual(await babblebrook('--version'), { code: 0, stdout: `${version}\n`, stderr: '' });
});

test('babblebrook --help names every command', async (t) => {
  const { code, stdout } = await babblebrook('--help');
  t.is(code, 0);
  for (const name of ['train', 'generate', 'evaluate', 'score', 'tokenizer', 'compare', 'doctor'])
    t.regex(stdout, new RegExp(`^ {2}${name} `, 'm'));
});

test('a command that does not exist is one line on stderr and exit code 2', async (t) => {
  const stderr = "error: unknown command 'trian' (Did you mean train?)\n";
  t.deepEqual(await babblebrook('trian'), { code: 2, stdout: '', stderr });
});

test('flags, also those that look like a command, reach the command', async (t) => {
  const { code, stderr } = await babblebrook('generate', '--run', 'train', '--count', '0');
  t.is(code, 2);
  t.regex(stderr, /'--count <n>' argument '0' is invalid/);
});
