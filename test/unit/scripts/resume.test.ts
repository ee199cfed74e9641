import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import test from 'ava';
import { resumedFlags } from '../../../scripts/cli/resumedFlags.js';
import type { TrainFlags } from '../../../scripts/cli/TrainFlags.js';
import { InvalidArgumentError } from '../../../src/errors.js';
import { RunDirectory } from '../../../src/run/RunDirectory.js';
import { temporaryDirectory } from '../../support/temporaryFiles.js';

/** What commander gives where nothing is typed. */
const DEFAULTS = {
  ...{
    corpus: ['a.txt'],
    sentencePerLine: false,
    continuous: false,
    tokenizer: 'characters',
    cell: 'gru',
    hidden: 512,
    embedding: 64,
  },
  ...{ layers: 1, dropout: 0.5, maxTokens: 6400, maxLength: 1000, learningRate: 5e-3, clip: 5, workers: 2, seed: 1 },
  ...{ extendVocabulary: false, forgetBias: 0, tieWeights: false, initialState: 'zero', optimizer: 'adam' },
  ...{ overwrite: false, resume: true, checkpointEvery: 100, tensorboard: true, passages: true },
} as const satisfies Partial<TrainFlags>;

const BEGUN = { ...DEFAULTS, resume: false, hidden: 16, checkpointEvery: 7, tensorboard: false, backend: 'wasm' };

const runOf = async (dir: string, settings: unknown): Promise<string> => {
  await writeFile(join(dir, 'run.json'), JSON.stringify(settings));
  return dir;
};
const flagsOf = (out: string, given: object = {}): TrainFlags => ({ ...DEFAULTS, corpus: ['a.txt'], out, ...given });

test('a run that goes on has all flags that it began with, how it runs too', async (t) => {
  const out = await runOf(await temporaryDirectory(t), { ...BEGUN, model: {} });
  t.deepEqual(await resumedFlags(flagsOf(out), new Set(['out', 'resume'])), { ...BEGUN, out, resume: true } as never);
});

test('how a run that goes on runs may be said anew', async (t) => {
  const out = await runOf(await temporaryDirectory(t), BEGUN);
  const given = { checkpointEvery: 3, tensorboard: true, backend: 'cpu' };
  t.like(await resumedFlags(flagsOf(out, given), new Set(Object.keys(given))), { ...given, hidden: 16 });
});

test('what a run that goes on learns, and how, may not', async (t) => {
  const out = await runOf(await temporaryDirectory(t), BEGUN);
  await t.throwsAsync(resumedFlags(flagsOf(out, { hidden: 17 }), new Set(['hidden'])), {
    instanceOf: InvalidArgumentError,
    message: /^Expected --hidden to be 16, as the run in .* began, got 17\. Without it, the run goes on$/,
  });
  const other = await runOf(await temporaryDirectory(t), { ...BEGUN, minutes: 1 });
  await t.throwsAsync(resumedFlags(flagsOf(other, { minutes: 2 }), new Set(['minutes'])), {
    instanceOf: InvalidArgumentError,
    message: /a longer training is another run: --init-from /,
  });
});

test('the paths of a run that goes on are those that it began with, from any directory, and where all was moved together', async (t) => {
  const dir = await temporaryDirectory(t);
  const out = join(dir, 'runs', 'a');
  await mkdir(out, { recursive: true });
  const paths = { corpus: ['a.txt', 'books/*.txt', '-', '/b.txt'], tokenizer: 'a.model', cell: './mine.js' };
  await runOf(out, { ...BEGUN, ...paths, valid: '../valid.txt', directory: '../..' });
  for (const place of [dir, `${dir}-moved`]) {
    if (place !== dir) await rename(dir, place);
    t.teardown(() => rm(`${dir}-moved`, { recursive: true, force: true }));
    const { corpus, valid, tokenizer, cell } = await resumedFlags(flagsOf(join(place, 'runs', 'a')), new Set());
    t.deepEqual(
      [...corpus, valid ?? '', tokenizer, cell].map((path) => (path === '-' ? path : resolve(path))),
      [
        `${place}/a.txt`,
        `${place}/books/*.txt`,
        '-',
        '/b.txt',
        resolve(place, '../valid.txt'),
        `${place}/a.model`,
        `${place}/mine.js`,
      ],
    );
  }
});

test('what is no path stays as it is', async (t) => {
  const out = await runOf(await temporaryDirectory(t), { ...BEGUN, tokenizer: 'sentencepiece:30', directory: '..' });
  t.like(await resumedFlags(flagsOf(out), new Set()), { tokenizer: 'sentencepiece:30', cell: 'gru' });
});

test('a run of an earlier version began in this directory', async (t) => {
  const out = await runOf(await temporaryDirectory(t), { ...BEGUN, valid: 'valid.txt' });
  t.like(await resumedFlags(flagsOf(out), new Set()), { corpus: ['a.txt'], valid: 'valid.txt' });
});

test('where the text of a run that goes on is, may be said anew', async (t) => {
  const out = await runOf(await temporaryDirectory(t), { ...BEGUN, valid: 'valid.txt', directory: '../..' });
  const given = { corpus: ['moved.txt'], valid: 'moved-valid.txt' };
  t.like(await resumedFlags(flagsOf(out, given), new Set(['corpus', 'valid'])), given);
  const other = await runOf(await temporaryDirectory(t), BEGUN);
  await t.throwsAsync(resumedFlags(flagsOf(other, given), new Set(['valid'])), {
    instanceOf: InvalidArgumentError,
    message: /^Expected no --valid, as the run in .* began/,
  });
});

for (const [what, name] of [
  ['metrics', 'metrics.jsonl'],
  ['a best model', 'best'],
] as const)
  test(`a run that has ${what} and no checkpoint is not begun again, whether its checkpoints are gone or none is left`, async (t) => {
    const dir = await temporaryDirectory(t);
    await mkdir(join(dir, name));
    const refused = {
      instanceOf: InvalidArgumentError,
      message: /^Expected a checkpoint in .*checkpoints to go on from/,
    };
    t.throws(() => RunDirectory.check(dir, 'resume'), refused);
    await mkdir(join(dir, 'checkpoints'));
    t.throws(() => RunDirectory.check(dir, 'resume'), refused);
  });

test('a run that has learned nothing yet may begin', async (t) => {
  const dir = await temporaryDirectory(t);
  await mkdir(join(dir, 'checkpoints'));
  await writeFile(join(dir, 'run.json'), '{}');
  t.notThrows(() => RunDirectory.check(dir, 'resume'));
  t.notThrows(() => RunDirectory.check(join(dir, 'new'), 'resume'));
});
