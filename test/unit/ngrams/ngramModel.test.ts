import test from 'ava';
import { sample } from '../../../src/decoding/sample.js';
import { textOf } from '../../../src/decoding/textOf.js';
import { InvalidArgumentError, SourceError } from '../../../src/errors.js';
import { type NgramModel, ngramModel } from '../../../src/ngrams/ngramModel.js';
import type { Batch } from '../../../src/pipeline/Batch.js';
import { batchWindows } from '../../../src/pipeline/batchWindows.js';
import { maskPadding } from '../../../src/pipeline/maskPadding.js';
import { padBatch } from '../../../src/pipeline/padBatch.js';
import { pipeline } from '../../../src/pipeline/pipeline.js';
import { random } from '../../../src/random.js';
import type { Sequence } from '../../../src/text/Tokenizer.js';
import '../../support/backend.js';
import { evaluate } from '../../../src/training/evaluate.js';
import { isClose } from '../../support/closeness.js';
import { tokenizerOfSize } from '../../support/languageModels.js';
import { sequence, textIds } from '../../support/sequences.js';

const EOS = 1;
const tokenizer = tokenizerOfSize(5);
const [a, b] = [3, 4];

/** The probabilities of the next token behind ids, EOS being the first of them. */
async function behind(model: NgramModel, ...ids: number[]): Promise<number[]> {
  let state: Awaited<ReturnType<NgramModel['next']>>['state'] | undefined;
  let found: Float32Array = new Float32Array(0);
  for (const id of ids) {
    const made = await model.next(state, Int32Array.of(state ? 0 : -1), Int32Array.of(id));
    state = made.state;
    found = made.logProbabilities;
  }
  return Array.from(found, Math.exp);
}

test('two tokens a sequence, by hand: counts, and as many parts for what is new as there are kinds of what came', async (t) => {
  // a b EOS, a a EOS: of six tokens three are a, one b, two EOS; they are of three kinds.
  const model = await ngramModel(tokenizer, [sequence(a, b, EOS), sequence(a, a, EOS)], { order: 2 });
  const one = [0.6 / 9, 2.6 / 9, 0.6 / 9, 3.6 / 9, 1.6 / 9];
  // Behind a came b, a and EOS; behind b EOS; at the beginning a, twice; behind unknown nothing.
  const all = (counts: readonly number[], times: number, kinds: number) =>
    one.map((p, id) => ((counts[id] ?? 0) + kinds * p) / (times + kinds));
  isClose(t, await behind(model, EOS), all([0, 0, 0, 2, 0], 2, 1), 1e-6);
  isClose(t, await behind(model, EOS, a), all([0, 1, 0, 1, 1], 3, 3), 1e-6);
  isClose(t, await behind(model, EOS, a, b), all([0, 1, 0, 0, 0], 1, 1), 1e-6);
  isClose(t, await behind(model, EOS, 2), one, 1e-6);
  isClose(
    t,
    await behind(await ngramModel(tokenizer, [sequence(a, b, EOS), sequence(a, a, EOS)], { order: 1 }), EOS, a),
    one,
    1e-6,
  );
});

/** A text of random sequences of few tokens, in which much comes again. */
function randomText(seed: number, count: number): Sequence[] {
  const { integer } = random(seed, 'text');
  let at = 0;
  return Array.from({ length: count }, () =>
    sequence(...Array.from({ length: 1 + integer(at++, 7) }, () => 2 + integer(at++, 3)), EOS),
  );
}

/** The same probability by its definition: whatever was counted is looked for in the whole text. */
function defined(text: readonly Sequence[], context: readonly number[], id: number, size: number): number {
  const windows = text.flatMap((ids) => {
    const read = [EOS, ...ids];
    return [...ids.keys()].flatMap((at) => {
      const last = read.slice(0, at + 1).slice(-context.length || read.length);
      return context.length === 0 || (last.length === context.length && last.every((one, k) => one === context[k]))
        ? [ids[at] ?? NaN]
        : [];
    });
  });
  const shorter = context.length === 0 ? 1 / size : defined(text, context.slice(1), id, size);
  if (windows.length === 0) return shorter;
  const kinds = new Set(windows).size;
  return (windows.filter((one) => one === id).length + kinds * shorter) / (windows.length + kinds);
}

for (const order of [1, 2, 3, 4, 7])
  test(`sequences of ${order}: probabilities are those of the definition, and their sum is 1`, async (t) => {
    const text = randomText(order, 30);
    const model = await ngramModel(tokenizer, text, { order });
    for (const ids of randomText(100 + order, 12)) {
      const read = [EOS, ...ids.slice(0, -1)];
      const found = await behind(model, ...read);
      const context = order === 1 ? [] : read.slice(1 - order);
      isClose(
        t,
        found,
        found.map((_, id) => defined(text, context, id, 5)),
        1e-6,
      );
      t.true(Math.abs(found.reduce((sum, p) => sum + p, 0) - 1) < 1e-5);
    }
  });

test('batches of sentences say what their sequences say, and evaluate reads what next gives', async (t) => {
  const text = randomText(3, 20);
  const batches = pipeline([text.slice(0, 9), text.slice(9)], padBatch(), maskPadding());
  const model = await ngramModel(tokenizer, batches, { order: 4 });
  t.is(model.ngrams, (await ngramModel(tokenizer, text, { order: 4 })).ngrams);
  const [held, nats] = [randomText(9, 5), { sum: 0, tokens: 0 }];
  for (const ids of held)
    for (const [at, id] of ids.entries()) {
      nats.sum -= Math.log(defined(text, [EOS, ...ids.slice(0, at)].slice(-3), id, 5));
      nats.tokens++;
    }
  const { natsPerToken } = await evaluate(model, pipeline([held], padBatch(), maskPadding()));
  isClose(t, [natsPerToken], [nats.sum / nats.tokens], 1e-6);
});

test('of text that goes on, rows go on from batch to batch, and what warms up is only what others come behind', async (t) => {
  const ids = [3, 4, 3, 3, 2, 4, 4, 3, 2, 3, 4, 3, 3, 4, 2, 2, 3, 1];
  const inOne = await ngramModel(tokenizer, [sequence(...ids)], { order: 4 });
  const windows = (options: { size: number; length: number; run?: number; warmUp?: number }) =>
    pipeline([textIds(...ids)], batchWindows(tokenizer, options));
  const prefixes = [[EOS], [EOS, 3, 4, 3], [EOS, 4, 3, 3], [EOS, 2, 3, 4, 3, 3], [EOS, 2, 2]];
  const same = async (batches: AsyncIterable<Batch>, expected: NgramModel): Promise<void> => {
    const model = await ngramModel(tokenizer, batches, { order: 4 });
    for (const prefix of prefixes) isClose(t, await behind(model, ...prefix), await behind(expected, ...prefix), 1e-6);
  };
  await same(windows({ size: 1, length: 5, run: Infinity }), inOne);
  // Two rows, each behind EOS where it begins.
  const halves = await ngramModel(tokenizer, [sequence(...ids.slice(0, 9)), sequence(...ids.slice(9))], { order: 4 });
  await same(windows({ size: 2, length: 4 }), halves);
  // A row that has read what comes before: only its beginning is not behind EOS.
  const warmed = await ngramModel(tokenizer, windows({ size: 2, length: 4, warmUp: 9 }), { order: 4 });
  isClose(t, await behind(warmed, EOS, 3, 4, 3), await behind(inOne, EOS, 3, 4, 3), 1e-6);
});

test('behind EOS, text begins anew: what came before is not looked at, nor counted', async (t) => {
  const model = await ngramModel(
    tokenizer,
    pipeline([textIds(a, b, EOS, b, b, EOS)], batchWindows(tokenizer, { size: 1, length: 4 })),
    { order: 3 },
  );
  const two = await ngramModel(tokenizer, [sequence(a, b, EOS), sequence(b, b, EOS)], { order: 3 });
  for (const prefix of [[EOS], [EOS, a, b], [EOS, b], [EOS, b, b, EOS, b]]) {
    isClose(t, await behind(model, ...prefix), await behind(two, ...prefix), 1e-6);
    isClose(t, await behind(two, EOS, a, b, EOS, ...prefix.slice(1)), await behind(two, ...prefix), 1e-6);
  }
});

test('hypotheses go on from any row of a state, and decoders take the model', async (t) => {
  const model = await ngramModel(tokenizer, randomText(5, 30), { order: 4 });
  const first = await model.next(undefined, Int32Array.of(-1, -1), Int32Array.of(EOS, a));
  const second = await model.next(first.state, Int32Array.of(1, -1, 0), Int32Array.of(b, EOS, a));
  const rows = [await behind(model, a, b), await behind(model, EOS), await behind(model, EOS, a)];
  isClose(t, second.logProbabilities.map(Math.exp), rows.flat(), 1e-6);
  t.regex(await textOf(sample(model, { seed: 1, maxLength: 20 })), /^[ab]*$/);
});

test('no text, ids of another vocabulary, an order that is none, and a state of another model are refused', async (t) => {
  const refused = { instanceOf: InvalidArgumentError };
  await t.throwsAsync(ngramModel(tokenizer, []), { instanceOf: SourceError });
  await t.throwsAsync(ngramModel(tokenizer, [sequence(7)]), refused);
  for (const order of [0, 1.5, 33]) await t.throwsAsync(ngramModel(tokenizer, [sequence(a)], { order }), refused);
  const model = await ngramModel(tokenizer, [sequence(a)], { order: 3 });
  const other = await ngramModel(tokenizer, [sequence(a)], { order: 4 });
  const { state } = await other.next(undefined, Int32Array.of(-1), Int32Array.of(EOS));
  await t.throwsAsync(model.next(state, Int32Array.of(0), Int32Array.of(a)), refused);
  await t.throwsAsync(model.next(undefined, Int32Array.of(-1), Int32Array.of(5)), refused);
});
