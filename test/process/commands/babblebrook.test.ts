import { readFileSync } from 'node:fs';
import test from 'ava';
import { fileAt, programAt } from '../../support/places.js';
import { runNode } from '../../support/runProgram.js';

// A command is called in three ways, and says its own.
const WAYS: [string, string[], NodeJS.ProcessEnv, string][] = [
  ['by the package', programAt('scripts/babblebrook.ts', 'train'), {}, 'npx babblebrook train'],
  ['by a script of npm', programAt('scripts/train.ts'), { npm_lifecycle_event: 'train' }, 'npm run train --'],
  ['by its source', programAt('scripts/train.ts'), { npm_lifecycle_event: 'test' }, 'npx tsx scripts/train.ts'],
  [
    'by a script of somebody else’s npm',
    programAt('scripts/babblebrook.ts', 'train'),
    { npm_lifecycle_event: 'train' },
    'npx babblebrook train',
  ],
];
for (const [way, program, env, call] of WAYS) {
  const train = (...flags: string[]) => runNode([...program, ...flags], { ...process.env, ...env });

  test(`started ${way}, train calls itself ${call}`, async (t) => {
    const { code, stdout } = await train('--help');
    t.is(code, 0);
    t.is(stdout.split('\n')[0], `Usage: ${call} [options]`);
    t.true(stdout.includes(`\n  $ ${call} --resume --out runs/speech\n`));
    t.true(stdout.includes(`\n  $ cat *.txt | ${call} --corpus -\n`));
  });

  test(`started ${way}, a mistake is one line, and exit code 2`, async (t) => {
    const stderr = "error: unknown option '--hiden' (Did you mean --hidden?)\n";
    t.deepEqual(await train('--hiden', '3'), { code: 2, stdout: '', stderr });
    t.is((await train('3')).stderr, `Expected flags, got 3 alone: ${call} --FLAG …\n`);
  });
}

test('babblebrook --version is the version of the package', async (t) => {
  const { version } = JSON.parse(readFileSync(fileAt('package.json'), 'utf8'));
  const outcome = await runNode(programAt('scripts/babblebrook.ts', '--version'));
  t.deepEqual(outcome, { code: 0, stdout: `${version}\n`, stderr: '' });
});
