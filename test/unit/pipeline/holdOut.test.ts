import test from 'ava';
import { InvalidArgumentError } from '../../../src/errors.js';
import { type HoldOutOptions, holdOut, holdOutPlace } from '../../../src/pipeline/holdOut.js';
import { pipeline } from '../../../src/pipeline/pipeline.js';
import { collect } from '../../support/collect.js';
import fc from '../../support/fastCheck.js';
import { operatorFacts } from '../../support/operatorFacts.js';

operatorFacts({ operator: () => holdOut({ fraction: 1, keep: 'valid' }), item: 'Yes.', result: 'Yes.' });

function kept(sentences: readonly string[], options: HoldOutOptions): Promise<string[]> {
  return collect(pipeline(sentences, holdOut(options)));
}

const sentences = fc.array(fc.string({ maxLength: 3 }), { maxLength: 40 });
const fraction = fc.double({ min: 0, max: 1, noNaN: true });
const many = Array.from({ length: 10_000 }, (_, number) => `Sentence number ${number}.`);

test('every sentence is on one side, in the order of the text', async (t) => {
  await fc.assert(
    fc.asyncProperty(sentences, fraction, fc.integer(), async (all, share, seed) => {
      const train = await kept(all, { fraction: share, seed, keep: 'train' });
      const valid = await kept(all, { fraction: share, seed, keep: 'valid' });
      const merged = all.map((sentence) => (train[0] === sentence ? train.shift() : valid.shift()));
      t.deepEqual([merged, train, valid], [all, [], []]);
    }),
  );
});

test('a sentence that is repeated is never on both sides', async (t) => {
  await fc.assert(
    fc.asyncProperty(sentences, fraction, async (all, share) => {
      const train = new Set(await kept(all, { fraction: share, keep: 'train' }));
      return (await kept(all, { fraction: share, keep: 'valid' })).every((sentence) => !train.has(sentence));
    }),
  );
  t.pass();
});

test('the side of a sentence does not depend on the other sentences', async (t) => {
  await fc.assert(
    fc.asyncProperty(sentences, fraction, async (all, share) => {
      const alone = await Promise.all(all.map((sentence) => kept([sentence], { fraction: share, keep: 'valid' })));
      t.deepEqual(await kept(all, { fraction: share, keep: 'valid' }), alone.flat());
    }),
  );
});

for (const share of [0.01, 0.05, 0.5, 0.9])
  test(`about the fraction ${share} of the sentences is held out`, async (t) => {
    const { length } = await kept(many, { fraction: share, keep: 'valid' });
    const deviation = Math.sqrt(many.length * share * (1 - share));
    t.true(Math.abs(length - many.length * share) < 4 * deviation, `${length} of ${many.length}`);
  });

test('a larger fraction holds out the same sentences and more', async (t) => {
  const few = await kept(many, { fraction: 0.05, keep: 'valid' });
  const more = new Set(await kept(many, { fraction: 0.1, keep: 'valid' }));
  t.true(few.every((sentence) => more.has(sentence)));
});

test('fraction 0 holds out nothing, fraction 1 everything', async (t) => {
  t.deepEqual(await kept(many, { fraction: 0, keep: 'valid' }), []);
  t.deepEqual(await kept(many, { fraction: 1, keep: 'train' }), []);
});

test('another seed makes an independent split', async (t) => {
  const one = await kept(many, { fraction: 0.1, seed: 1, keep: 'valid' });
  const both = await kept(one, { fraction: 0.1, seed: 2, keep: 'valid' });
  const expected = one.length * 0.1;
  t.true(Math.abs(both.length - expected) < 4 * Math.sqrt(expected), `${both.length} of ${one.length}`);
});

for (const share of [-0.1, 1.1, NaN])
  test(`a fraction of ${share} is an InvalidArgumentError`, (t) => {
    t.throws(() => holdOut({ fraction: share, keep: 'train' }), {
      instanceOf: InvalidArgumentError,
      message: `Expected fraction to be a number of at least 0 and of at most 1, got ${share} (number)`,
    });
  });

test('a seed that is no integer, or a side that is none, is an InvalidArgumentError', (t) => {
  t.throws(() => holdOut({ fraction: 0.5, seed: 0.5, keep: 'train' }), { instanceOf: InvalidArgumentError });
  t.throws(() => holdOut({ fraction: 0.5, keep: 'test' as 'train' }), {
    instanceOf: InvalidArgumentError,
    message: 'Expected keep to be one of train, valid, got "test" (string)',
  });
});

test('a sentence is held out where the fraction is above its place', async (t) => {
  for (const seed of [0, 7])
    for (const sentence of ['Yes.', 'No.', 'We will build a road.', '']) {
      const place = holdOutPlace(sentence, seed);
      t.true(place >= 0 && place < 1);
      const held = (fraction: number) => collect(pipeline([sentence], holdOut({ fraction, seed, keep: 'valid' })));
      t.deepEqual(await held(place), []);
      t.deepEqual(await held(place + 2 ** -40), [sentence]);
    }
});
