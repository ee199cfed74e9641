import { existsSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { commandAt } from '../support/places.js';
import { runCommand } from '../support/runCommand.js';
import { runProgram } from '../support/runProgram.js';
import { temporaryDirectory } from '../support/temporaryFiles.js';

const FIXTURES = 'test/fixtures/sources';
const env = { ...process.env, BABBLEBROOK_BACKEND: 'cpu' };
const unixTest = existsSync('/dev/zero') ? test.serial : test.skip;

unixTest(
  'a command reads records of files, standard input and pipes, and says what is wrong in one line',
  async (t) => {
    const out = join(await temporaryDirectory(t), 'x.model');
    const flags = ['--vocabulary', '60', '--sentence-per-line', '--overwrite', '--out', out, '--corpus'];
    const sentencesIn = (stdout: string): string | undefined => /^sentences +(\d+)$/m.exec(stdout)?.[1];
    /** In a shell, which makes the pipes. */
    const piped = async (corpus: string, redirections: string) => {
      const script = `${commandAt('scripts/tokenizer.ts')} ${flags.join(' ')} ${corpus} --field text ${redirections}`;
      return runProgram('bash', ['-c', script], { env });
    };
    const tokenizer = (...corpus: string[]) => runCommand(['tokenizer', ...flags, ...corpus]);
    const lines = `${FIXTURES}/pandas.jsonl`;
    // One text of the 205 has two lines, one none.
    for (const run of [
      () => tokenizer(lines, '--field', 'text'),
      () => tokenizer(`${FIXTURES}/pandas.pa*quet`, '--field', 'text'),
      () => piped('-', `< <(cat ${lines})`),
      () => piped(`<(cat ${lines})`, ''),
    ]) {
      const { code, stdout, stderr } = await run();
      t.is(code, 0, stderr);
      t.is(sentencesIn(stdout), '205');
    }
    for (const [corpus, words] of [
      [
        [`${FIXTURES}/odd.parquet`, '--field', 'text'],
        `Expected ${FIXTURES}/odd.parquet to hold records with a string "text", got null, at record 2, byte 4`,
      ],
      [[lines], `Expected --field to name what holds the text in the records of ${lines}, got none`],
      [
        ['/dev/zero'],
        'Expected /dev/zero to be a text that ends, got a device. Where a part of it is meant, give that, as head -c 1000000 does',
      ],
      [
        ['http://[::1]/part-*.txt'],
        'Expected the URL of one text, got the pattern http://[::1]/part-*.txt: servers do not list their files, so nothing can be matched. Name each URL, or write * as %2A, { as %7B and [ as %5B where they are meant',
      ],
    ] as const) {
      const { code, stderr } = await tokenizer(...corpus);
      t.is(code, 2);
      t.is(stderr, `${words}\n`);
    }
  },
);
