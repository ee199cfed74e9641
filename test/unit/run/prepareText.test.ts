import test from 'ava';
import { SourceError } from '../../../src/errors.js';
import { holdOut } from '../../../src/pipeline/holdOut.js';
import { pipeline } from '../../../src/pipeline/pipeline.js';
import { batchSentences } from '../../../src/run/batchSentences.js';
import { shareToHoldOut } from '../../../src/run/shareToHoldOut.js';
import { CharacterTokenizer } from '../../../src/text/CharacterTokenizer.js';
import { collect } from '../../support/collect.js';

/** The two sides of a text, as a training takes them. */
async function sidesOf(sentences: string[], share: number): Promise<{ train: string[]; valid: string[] }> {
  const fraction = await shareToHoldOut(pipeline(sentences), share);
  const side = (keep: 'train' | 'valid') => collect(pipeline(sentences, holdOut({ fraction, keep })));
  return { train: await side('train'), valid: await side('valid') };
}

test('of any two sentences, one is held out whatever the share, and the same each time', async (t) => {
  for (let number = 0; number < 100; number++)
    for (const share of [0.001, 0.05, 0.5, 0.999]) {
      const sentences = [`We will build road ${number}.`, `They build road ${number}, too.`];
      const { train, valid } = await sidesOf(sentences, share);
      t.is(train.length, 1);
      t.is(valid.length, 1);
      t.deepEqual(await sidesOf(sentences.toReversed(), share), { train, valid });
    }
});

test('where no sentence falls into a share, exactly one is held out; where all do, one is left', async (t) => {
  for (let number = 0; number < 20; number++) {
    const sentences = Array.from({ length: 20 }, (_, index) => `Road ${index} of ${number}.`);
    t.is((await sidesOf(sentences, 1e-6)).valid.length, 1);
    t.is((await sidesOf(sentences, 1 - 1e-6)).train.length, 1);
  }
});

test('where both sides have sentences, the share stays as it was asked for', async (t) => {
  const sentences = Array.from({ length: 2000 }, (_, index) => `Road ${index}.`);
  t.is(await shareToHoldOut(pipeline(sentences), 0.05), 0.05);
});

test('one sentence, however often it comes, cannot be split: the error names the option that helps', async (t) => {
  for (const sentences of [['We will.'], ['We will.', 'We will.']])
    t.like(await t.throwsAsync(shareToHoldOut(pipeline(sentences), 0.05), { instanceOf: SourceError }), {
      options: ['validation'],
    });
});

test('a sentence of more than a batch holds is a batch of its own, in one piece, unless it is to be split', async (t) => {
  const tokenizer = new CharacterTokenizer('ab');
  const sentences = ['ab', 'abababababab', 'ba'];
  const shapes = async (flags: { maxLength?: number }): Promise<number[][]> =>
    (await collect(batchSentences(pipeline(sentences), tokenizer, { maxTokens: 6, seed: 1, ...flags })))
      .map(({ size, length }) => [size, length])
      .sort(([, a = 0], [, b = 0]) => b - a);
  t.deepEqual(await shapes({}), [
    [1, 13],
    [2, 3],
  ]);
  for (const [size = 0, length = 0] of await shapes({ maxLength: 6 })) t.true(size * length <= 6);
});
