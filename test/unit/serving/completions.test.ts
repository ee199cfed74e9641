import test from 'ava';
import { beamSearch } from '../../../src/decoding/beamSearch.js';
import { greedy } from '../../../src/decoding/greedy.js';
import { nBest } from '../../../src/decoding/nBest.js';
import { minP } from '../../../src/decoding/processors/minP.js';
import { type SampleOptions, sample } from '../../../src/decoding/sample.js';
import { textOf } from '../../../src/decoding/textOf.js';
import { type Body, letters, serverOf, tokenizer } from '../../support/served.js';
import { markovChain, recitation, sameEverywhere, TablePredictor } from '../../support/tablePredictor.js';

const model = () => new TablePredictor(tokenizer, letters);
const server = serverOf();
const [a, b, c] = tokenizer.encode('abc') as unknown as [number, number, number];
const sampled = (options: SampleOptions): Promise<string> => textOf(sample(model(), options));
const textsOf = ({ choices }: Body): string[] => choices.map(({ text }) => text);
const endless = sameEverywhere(tokenizer, { a: 0.5, b: 0.3, c: 0.2 });

async function texts(fields: object, { complete } = server): Promise<string[]> {
  const { status, body } = await complete(fields);
  if (status !== 200) throw new Error(body.error.message);
  return textsOf(body);
}

test('a completion has the form of OpenAI’s', async (t) => {
  const before = Math.floor(Date.now() / 1000);
  const { status, headers, body } = await server.complete({ prompt: 'a', temperature: 0 });
  const { id, created, ...rest } = body;
  t.is(status, 200);
  t.regex(headers.get('content-type') ?? '', /^application\/json/);
  t.regex(id, /^cmpl-[0-9a-f]{32}$/);
  t.true(created >= before && created <= Date.now() / 1000);
  t.deepEqual(rest as unknown, {
    object: 'text_completion',
    model: 'm',
    choices: [{ text: 'bc', index: 0, logprobs: null, finish_reason: 'stop' }],
    usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 },
  });
});

test('temperature 0 is greedy; other temperatures draw as sample does', async (t) => {
  t.deepEqual(await texts({ prompt: 'ab', temperature: 0 }), [await textOf(greedy(model(), { prompt: 'ab' }))]);
  for (const temperature of [0.3, 1, 2])
    t.deepEqual(await texts({ prompt: 'ab', temperature, seed: 5, max_tokens: 30 }), [
      await sampled({ prompt: 'ab', temperature, seed: 5, maxLength: 30 }),
    ]);
});

test('without a seed, sentences differ; with one, they are the same', async (t) => {
  const ask = { prompt: 'a', max_tokens: 40 };
  t.true(new Set((await Promise.all(Array.from({ length: 20 }, () => texts(ask)))).flat()).size > 1);
  t.is(new Set((await Promise.all(Array.from({ length: 20 }, () => texts({ ...ask, seed: -7 })))).flat()).size, 1);
});

test('top_p, top_k and min_p draw from what sample would; 0 and -1 of top_k are none, top_p 0 leaves one token', async (t) => {
  const ask = { prompt: 'a', seed: 3, max_tokens: 30 };
  const options = { prompt: 'a', seed: 3, maxLength: 30 };
  t.deepEqual(await texts({ ...ask, top_p: 0.7 }), [await sampled({ ...options, topP: 0.7 })]);
  t.deepEqual(await texts({ ...ask, top_k: 2 }), [await sampled({ ...options, topK: 2 })]);
  t.deepEqual(await texts({ ...ask, min_p: 0.3 }), [await sampled({ ...options, minP: 0.3 })]);
  for (const top_k of [0, -1]) t.deepEqual(await texts({ ...ask, top_k }), [await sampled(options)]);
  t.deepEqual(await texts({ ...ask, top_p: 0 }), ['bc']);
});

test('max_tokens is 16 where nothing is said, and ends with reason length', async (t) => {
  const { complete } = serverOf(new TablePredictor(tokenizer, endless));
  const { body } = await complete({ prompt: 'a', temperature: 0 });
  t.deepEqual(body.choices[0], { text: 'a'.repeat(16), index: 0, logprobs: null, finish_reason: 'length' });
  const { body: short } = await complete({ prompt: 'a', temperature: 0, max_tokens: 3 });
  t.deepEqual([short.choices[0]?.text, short.usage.completion_tokens], ['aaa', 3]);
});

test('where EOS would come after max_tokens, the reason is length; where it comes, stop', async (t) => {
  const reason = async (max_tokens: number) =>
    (await server.complete({ prompt: 'a', temperature: 0, max_tokens })).body.choices[0]?.finish_reason;
  t.deepEqual(await Promise.all([1, 2, 3].map(reason)), ['length', 'length', 'stop']);
});

test('n gives n choices of each prompt in the order of the prompts, with seeds that count up', async (t) => {
  const expected: string[] = [];
  for (const prompt of ['a', 'bc'])
    for (const seed of [8, 9, 10]) expected.push(await sampled({ prompt, seed, maxLength: 16 }));
  const { body } = await server.complete({ prompt: ['a', 'bc'], n: 3, seed: 8 });
  t.deepEqual(textsOf(body), expected);
  t.deepEqual(
    body.choices.map(({ index }) => index),
    [0, 1, 2, 3, 4, 5],
  );
  t.is(body.usage.prompt_tokens, 3);
});

test('best_of takes those of the highest log-probability a token, and all tokens are counted', async (t) => {
  const ask = { prompt: 'a', seed: 1, logprobs: 0, max_tokens: 6 };
  const all = (await server.complete({ ...ask, n: 6 })).body;
  const best = (await server.complete({ ...ask, n: 2, best_of: 6 })).body;
  const mean = ({ logprobs }: Body['choices'][number]): number => {
    const all = logprobs?.token_logprobs ?? [];
    return all.reduce<number>((sum, one) => sum + (one ?? 0), 0) / all.length;
  };
  const expected = [...all.choices].sort((one, other) => mean(other) - mean(one)).slice(0, 2);
  t.deepEqual(
    textsOf(best),
    expected.map(({ text }) => text),
  );
  t.is(best.usage.completion_tokens, all.usage.completion_tokens);
});

test('to say nothing is not best of all: EOS counts as a token does, whether log-probabilities are asked for or not', async (t) => {
  // Whole sentences: nothing (-2.30 for EOS), or a and then EOS (-0.11 in all, -0.05 a token).
  const chain = markovChain(tokenizer, { EOS: { a: 0.9, EOS: 0.1 }, a: { EOS: 1 } });
  const { complete } = serverOf(new TablePredictor(tokenizer, chain));
  const all = await texts({ n: 20, seed: 1 }, { ...server, complete });
  t.deepEqual([...new Set(all)].sort(), ['', 'a']);
  for (const logprobs of [null, 1])
    t.deepEqual(await texts({ best_of: 20, seed: 1, logprobs }, { ...server, complete }), ['a']);
});

test('stop strings end a sentence with reason stop, and are left out of it', async (t) => {
  const { complete } = serverOf(new TablePredictor(tokenizer, recitation(tokenizer, 'aabcabcc')));
  for (const [stop, text] of [
    ['bc', 'aa'],
    [['cc', 'ca'], 'aab'],
    [['ccc'], 'aabcabcc'],
    [[], 'aabcabcc'],
    ['aabc', ''],
  ] as const)
    t.like((await complete({ prompt: '', temperature: 0, stop })).body.choices[0], { text, finish_reason: 'stop' });
});

test('a stop string that comes with the last token is reason stop', async (t) => {
  const { complete } = serverOf(new TablePredictor(tokenizer, recitation(tokenizer, 'aabc')));
  const ask = { temperature: 0, max_tokens: 3 };
  t.like((await complete({ ...ask, stop: 'b' })).body.choices[0], { text: 'aa', finish_reason: 'stop' });
  t.like((await complete({ ...ask, stop: 'bc' })).body.choices[0], { text: 'aab', finish_reason: 'length' });
});

test('a prompt may be text, texts, ids, or arrays of ids; none is the beginning of a sentence', async (t) => {
  const ask = { temperature: 0 };
  const ofTexts = await texts({ ...ask, prompt: ['a', 'cb'] });
  t.deepEqual(await texts({ ...ask, prompt: [[a], [c, b]] }), ofTexts);
  t.deepEqual(await texts({ ...ask, prompt: [c, b] }), ofTexts.slice(1));
  t.deepEqual(await texts({ ...ask, prompt: 'cb' }), ofTexts.slice(1));
  const beginning = await texts(ask);
  for (const prompt of ['', [''], null, [[]], [tokenizer.eosId], [[tokenizer.eosId]]])
    t.deepEqual(await texts({ ...ask, prompt }), beginning, JSON.stringify(prompt));
});

test('ids may begin with EOS, which is then read once; within a prompt it is a token', async (t) => {
  const predictor = model();
  const { complete } = serverOf(predictor);
  await complete({ prompt: [tokenizer.eosId, a, tokenizer.eosId, b], max_tokens: 1 });
  t.deepEqual(
    predictor.calls.map(({ ids }) => ids[0]),
    [tokenizer.eosId, a, tokenizer.eosId, b],
  );
});

test('logit_bias makes tokens likelier, or keeps them away', async (t) => {
  const { complete } = serverOf(new TablePredictor(tokenizer, endless));
  const ask = { temperature: 0, max_tokens: 3 };
  t.deepEqual(textsOf((await complete({ ...ask, logit_bias: { [c]: 2 } })).body), ['ccc']);
  t.deepEqual(textsOf((await complete({ ...ask, logit_bias: { [a]: -100 } })).body), ['bbb']);
  t.deepEqual(textsOf((await complete({ ...ask, logit_bias: {} })).body), ['aaa']);
});

test('penalties lower what has come, by hand', async (t) => {
  // Nats: a -0.69, b -1.20, c -1.61.
  const { complete } = serverOf(new TablePredictor(tokenizer, endless));
  const ask = { temperature: 0, max_tokens: 6 };
  // Presence 0.6: a -1.29 once it has come, b -1.80, c -2.21: a, b (-1.20), a for good.
  t.deepEqual(textsOf((await complete({ ...ask, presence_penalty: 0.6 })).body), ['abaaaa']);
  // Frequency 0.6, counted: a; b -1.20 before a -1.29; a -1.29; c -1.61 before b -1.80 and a -1.89; b; a.
  t.deepEqual(textsOf((await complete({ ...ask, frequency_penalty: 0.6 })).body), ['abacba']);
  // What has come becomes likelier.
  t.deepEqual(textsOf((await complete({ ...ask, presence_penalty: -2, logit_bias: { [c]: 1 } })).body), ['cccccc']);
  // The prompt does not count.
  t.deepEqual(textsOf((await complete({ ...ask, prompt: 'aaaa', presence_penalty: 0.6, max_tokens: 1 })).body), ['a']);
});

test('decoder beam gives what a beam search finds, n of them', async (t) => {
  const [one] = await texts({ prompt: 'b', decoder: 'beam', beams: 3 });
  t.is(one, await textOf(beamSearch(model(), { prompt: 'b', beams: 3, maxLength: 16 })));
  const sentences: string[] = [];
  const options = { prompt: 'b', beams: 5, lengthPenalty: 0.6, maxLength: 9, count: 4, processors: [minP(0.2)] };
  for await (const { text } of nBest(model(), options)) sentences.push(text);
  const ask = { prompt: 'b', decoder: 'beam', beams: 5, length_penalty: 0.6, max_tokens: 9, n: 4, min_p: 0.2 };
  t.deepEqual(await texts(ask), sentences);
});

test('echo puts the prompt before the text', async (t) => {
  t.deepEqual(await texts({ prompt: ['a', 'ca'], temperature: 0, echo: true }), ['abc', 'cabc']);
  t.deepEqual(await texts({ prompt: [tokenizer.eosId, a], temperature: 0, echo: true }), ['abc']);
});

test('null is as good as nothing, and neutral values are accepted', async (t) => {
  const plain = await texts({ prompt: 'a', temperature: 0 });
  const nulls = ['suffix', 'max_tokens', 'top_p', 'n', 'best_of', 'stop', 'seed', 'echo', 'logprobs', 'logit_bias'];
  const more = ['frequency_penalty', 'presence_penalty', 'stream', 'stream_options', 'user', 'decoder', 'beams'];
  const others = ['length_penalty', 'min_p', 'top_k', 'something_else'];
  for (const name of [...nulls, ...more, ...others])
    t.deepEqual(await texts({ prompt: 'a', temperature: 0, [name]: null }), plain, name);
  const neutral = {
    ...{ suffix: '', top_p: 1, n: 1, best_of: 1, stop: [], echo: false, logit_bias: {}, frequency_penalty: 0 },
    ...{ presence_penalty: 0, stream: false, user: 'somebody', decoder: 'sample', length_penalty: 0, min_p: 0 },
  };
  t.deepEqual(await texts({ prompt: 'a', temperature: 0, ...neutral }), plain);
});

test('max_tokens 0 reads the prompt and says what was said of it', async (t) => {
  const { body } = await server.complete({ prompt: 'ab', max_tokens: 0, echo: true, logprobs: 1 });
  t.deepEqual(body.choices[0], {
    text: 'ab',
    index: 0,
    finish_reason: 'length',
    logprobs: {
      tokens: ['a', 'b'],
      token_logprobs: [null, Math.fround(Math.log(0.6))],
      top_logprobs: [null, { b: Math.fround(Math.log(0.6)) }],
      text_offset: [0, 1],
    },
  });
  t.is((await server.complete({ prompt: 'ab', max_tokens: 0 })).body.usage.completion_tokens, 0);
});

test('a model whose log-probabilities are none is an error of the server, and others go on', async (t) => {
  const broken = new TablePredictor(
    tokenizer,
    markovChain(tokenizer, { EOS: { a: 1 }, a: { b: 1 } }),
    (call) => call === 2 && Promise.reject(new Error('broken')),
  );
  const { complete } = serverOf(broken);
  const { status, body } = await complete({ prompt: 'a' });
  t.is(status, 500);
  t.deepEqual(body.error, { message: 'The model failed', type: 'server_error', param: null, code: null });
  t.like(await complete({ prompt: '', max_tokens: 1 }), { status: 200 });
  t.is(broken.liveStates, 0);
});
