import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { SentencePieceTokenizer } from '../../../src/text/SentencePieceTokenizer.js';
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
  const refused = await script('--out', out);
  const stderr = `Expected --out to be a new file, got ${out}. --overwrite replaces it\n`;
  t.deepEqual(refused, { code: 2, stdout: '', stderr });
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

const MISTAKES: Readonly<Record<string, [flags: string[], line: RegExp]>> = {
  'no --out': [[], /required option '--out <file>' not specified/],
  'a folder that is not there': [
    ['--out', join(directory, 'none', 'x.model')],
    /^Expected to write \S+x\.model, but ENOENT: /,
  ],
  "an --out of ''": [['--out', ''], /^Expected --out to be the path of a file, got "" \(string\)$/m],
  'a directory as --out': [['--out', directory], /^Expected to write \S+, but it is a directory$/m],
  'an unknown model': [['--out', join(directory, 'x.model'), '--model', 'words'], /Allowed choices are unigram, bpe/],
  'no vocabulary': [['--out', join(directory, 'x.model'), '--vocabulary', '0'], /Expected an integer of at least 1/],
  'a vocabulary that is too small': [
    ['--out', join(directory, 'x.model'), '--vocabulary', '10'],
    /^Expected --vocabulary to be at least \d+, .* got 10\./,
  ],
};

for (const [name, [flags, line]] of Object.entries(MISTAKES))
  test.serial(`${name} is told in one line, with exit code 2, and nothing is written`, async (t) => {
    const { code, stdout, stderr } = await script(...flags);
    t.is(code, 2);
    t.is(stdout, '');
    t.regex(stderr, line);
    t.is(stderr.trim().split('\n').length, 1);
    t.false(readdirSync(directory).includes('x.model'));
  });
