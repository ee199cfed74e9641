import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { SentencePieceTokenizer } from '../../../src/text/SentencePieceTokenizer.js';
import { isOneLine, type Mistake } from '../../support/isMistake.js';
import { runCommand } from '../../support/runCommand.js';

const directory = mkdtempSync(join(tmpdir(), 'tokenizer-script-'));
const corpus = join(directory, 'corpus.txt');
const lines = Array.from({ length: 60 }, (_, index) => `We built road ${index} of our roads. Will we rebuild it?`);
writeFileSync(corpus, lines.join('\n'));
test.after.always(() => rm(directory, { recursive: true, force: true }));

const script = (...flags: string[]) => runCommand(['tokenizer', '--corpus', corpus, ...flags]);

const out = join(directory, 'pieces.model');

test.serial(
  'a tokenizer is written as a model file, its summary is printed, and standard error tells of the work',
  async (t) => {
    const { code, stdout, stderr } = await script('--vocabulary', '40', '--out', out);
    t.is(code, 0, stderr);
    t.regex(stderr, /^\S+\.model: learned in \d+\.\d s\n$/);
    t.regex(stdout, /^model {16}unigram, 40 ids$/m);
    t.regex(stdout, /^sentences {12}120$/m);
    t.regex(stdout, /^tokens per sentence {2}\d+\.\d\d\ncharacters per token \d+\.\d\d$/m);
    t.regex(stdout, /^unknown tokens {7}0\.000 %$/m);
    t.regex(stdout, /^longest pieces {7}▁?\w+( [^\s<]+){9}$/m);
    t.is((await SentencePieceTokenizer.load(out)).vocabularySize, 40);
  },
);

test.serial('a file that is there stays, unless --overwrite is given', async (t) => {
  const before = readFileSync(out);
  isOneLine(t, await script('--out', out), 'InvalidArgumentError', '--out', '--overwrite');
  t.deepEqual(readFileSync(out), before);
});

test.serial(
  '--sentence-per-line takes lines as they stand, --byte-fallback adds bytes, --model bpe merges pairs',
  async (t) => {
    const flags = ['--sentence-per-line', '--byte-fallback', '--model', 'bpe', '--vocabulary', '295', '--overwrite'];
    const { code, stdout, stderr } = await script(...flags, '--out', out);
    t.is(code, 0, stderr);
    t.regex(stdout, /^model {16}bpe, 295 ids$/m);
    t.regex(stdout, /^sentences {12}60$/m);
    const tokenizer = await SentencePieceTokenizer.load(out);
    t.is(tokenizer.decode(tokenizer.encode('日本')), '日本');
  },
);

const MISTAKES: Readonly<Record<string, [flags: string[], expected: Mistake]>> = {
  'no --out': [[], ['commander.missingMandatoryOptionValue', '--out']],
  'a folder that is not there': [['--out', join(directory, 'none', 'x.model')], ['FileWriteError']],
  "an --out of ''": [
    ['--out', ''],
    ['InvalidArgumentError', '--out'],
  ],
  'a directory as --out': [['--out', directory], ['FileWriteError']],
  'an unknown model': [
    ['--out', join(directory, 'x.model'), '--model', 'words'],
    ['commander.invalidArgument', '--model'],
  ],
  'no vocabulary': [
    ['--out', join(directory, 'x.model'), '--vocabulary', '0'],
    ['commander.invalidArgument', '--vocabulary'],
  ],
  'a vocabulary that is too small': [
    ['--out', join(directory, 'x.model'), '--vocabulary', '10'],
    ['InvalidArgumentError', '--vocabulary', '--coverage'],
  ],
};

for (const [name, [flags, expected]] of Object.entries(MISTAKES))
  test.serial(`${name} is told in one line, with exit code 2, and nothing is written`, async (t) => {
    isOneLine(t, await script(...flags), ...expected);
    t.false(readdirSync(directory).includes('x.model'));
  });
