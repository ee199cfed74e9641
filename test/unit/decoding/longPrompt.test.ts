import test from 'ava';
import { generateMany } from '../../../src/decoding/generateMany.js';
import { greedy } from '../../../src/decoding/greedy.js';
import { sample } from '../../../src/decoding/sample.js';
import { score } from '../../../src/decoding/score.js';
import type { TokenPredictor } from '../../../src/decoding/TokenPredictor.js';
import type { LanguageModel } from '../../../src/model/LanguageModel.js';
import type { RecurrentState } from '../../../src/model/RecurrentState.js';
import { byteTokenizer } from '../../support/byteTokenizer.js';
import { isClose } from '../../support/closeness.js';
import { collect } from '../../support/collect.js';
import { smallModel } from '../../support/languageModels.js';

const prompt = 'abcd dcba'.replaceAll(' ', '').repeat(150);

/** A model that counts its calls and the states that nobody freed. */
function counting(model: LanguageModel, canRead: boolean) {
  const counts = { steps: 0, reads: 0, states: 0 };
  const predictor: TokenPredictor<RecurrentState> = {
    tokenizer: model.tokenizer,
    next: async (...given) => {
      counts.steps++;
      counts.states++;
      return model.next(...given);
    },
    ...(canRead && {
      read: async (...given: Parameters<LanguageModel['read']>) => {
        counts.reads++;
        counts.states++;
        return model.read(...given);
      },
    }),
    free: () => void counts.states--,
  };
  return { predictor, counts };
}

test('a long prompt is read in chunks, and what follows is what it would be token by token', async (t) => {
  const model = smallModel({ cell: 'gru', layers: 2 });
  const [reading, stepping] = [counting(model, true), counting(model, false)];
  const [read, stepped] = [
    await collect(greedy(reading.predictor, { prompt, maxLength: 5, minLength: 5 })),
    await collect(greedy(stepping.predictor, { prompt, maxLength: 5, minLength: 5 })),
  ];
  t.deepEqual(reading.counts, { steps: 4, reads: 3, states: 0 });
  t.deepEqual(stepping.counts, { steps: 1 + prompt.length + 4, reads: 0, states: 0 });
  t.deepEqual(
    read.map(({ id }) => id),
    stepped.map(({ id }) => id),
  );
  isClose(
    t,
    read.map(({ logProbability }) => logProbability),
    stepped.map(({ logProbability }) => logProbability),
    1e-5,
  );
  const scores = [
    await score(reading.predictor, 'abc', { prompt }),
    await score(stepping.predictor, 'abc', { prompt }),
  ];
  isClose(t, [scores[0]?.logProbability ?? NaN], [scores[1]?.logProbability ?? NaN], 1e-5);
  model.dispose();
});

test('a short prompt is read token by token, as ever', async (t) => {
  const model = smallModel({ cell: 'gru' });
  const { predictor, counts } = counting(model, true);
  await collect(greedy(predictor, { prompt: 'abcd', maxLength: 2, minLength: 2 }));
  t.deepEqual(counts, { steps: 1 + 4 + 1, reads: 0, states: 0 });
  model.dispose();
});

test('of many prompts, long and short, each gets what it gets alone, and no state is left', async (t) => {
  const model = smallModel({ cell: 'lstm' });
  const { predictor, counts } = counting(model, true);
  const prompts = ['a', prompt, 'bcd', `${prompt}a`, ''];
  const options = { maxLength: 6, minLength: 6 };
  const many = await collect(
    generateMany(predictor, prompts, (shared, text, index) =>
      sample(shared, { ...options, prompt: text, seed: index }),
    ),
  );
  for (const [index, text] of prompts.entries())
    t.deepEqual(
      many.filter((one) => one.index === index).map(({ token }) => token.text),
      (await collect(sample(model, { ...options, prompt: text, seed: index }))).map((token) => token.text),
    );
  t.is(counts.states, 0);
  t.true(counts.reads > 0);
  model.dispose();
});

test('aborted while a long prompt is read, a decoder throws the reason at once and frees what it holds', async (t) => {
  const model = smallModel({ cell: 'lstm' });
  const { predictor, counts } = counting(model, true);
  const controller = new AbortController();
  const reason = new Error('enough');
  const stopping: TokenPredictor<RecurrentState> = {
    ...predictor,
    read: async (state, row, ids) => {
      if (state) controller.abort(reason);
      return predictor.read?.(state, row, ids) as ReturnType<LanguageModel['read']>;
    },
  };
  const error = await t.throwsAsync(collect(greedy(stopping, { prompt, signal: controller.signal })));
  t.is(error, reason);
  await new Promise(setImmediate);
  t.is(counts.states, 0);
  const many = generateMany(stopping, [prompt], (shared, text) => greedy(shared, { prompt: text }), {
    signal: controller.signal,
  });
  t.is(await t.throwsAsync(collect(many)), reason);
  model.dispose();
});

test('the end of a sentence ends no decoder: a stop string, EOS, maxLength or the caller does', async (t) => {
  const model = smallModel({ cell: 'lstm' });
  const eosId = model.tokenizer.eosId;
  const options = { prompt: 'ab', bannedIds: [eosId] };
  t.is((await collect(sample(model, { ...options, maxLength: 300 }))).length, 300);
  const stopped = await collect(sample(model, { ...options, stop: 'aa', maxLength: 1000 }));
  t.true(
    stopped
      .map(({ text }) => text)
      .join('')
      .endsWith('aa'),
  );
  model.dispose();
});

test('a prompt has as many tokens as it likes', async (t) => {
  const tokenizer = byteTokenizer;
  let tokens = 0;
  const predictor: TokenPredictor<object> = {
    tokenizer,
    next: async () => t.fail() as never,
    read: async (_state, _row, ids) => {
      tokens += ids.length;
      return { logProbabilities: new Float32Array(tokenizer.vocabularySize).fill(-1), state: {} };
    },
    free() {},
  };
  await collect(greedy(predictor, { prompt: 'a'.repeat(300_000), maxLength: 1 }));
  t.is(tokens, 300_001);
});
