import test from 'ava';
import { tokenNames } from '../../../src/serving/tokenNames.js';
import { byteTokenizer } from '../../support/byteTokenizer.js';
import fc from '../../support/fastCheck.js';
import { pieceTokenizer } from '../../support/pieceTokenizer.js';
import { randomTable, tableRecipes } from '../../support/randomTable.js';
import { letters, serverOf, tokenizer } from '../../support/served.js';
import { sweepOf } from '../../support/sweeps.js';
import { recitation, TablePredictor } from '../../support/tablePredictor.js';

const server = serverOf();
const nats = (probability: number): number => Math.fround(Math.log(probability));

test('log-probabilities are the model’s own, with the most probable tokens beside them, by hand', async (t) => {
  // Temperature, bias and penalties change what is chosen, and not what the model says.
  const ask = { prompt: 'a', temperature: 0, logit_bias: { 3: -100 }, presence_penalty: 1, max_tokens: 2, logprobs: 2 };
  t.deepEqual((await server.complete(ask)).body.choices[0]?.logprobs, {
    tokens: ['b', 'c'],
    token_logprobs: [nats(0.6), nats(0.7)],
    top_logprobs: [
      { b: nats(0.6), a: nats(0.2) },
      { c: nats(0.7), a: nats(0.2) },
    ],
    text_offset: [0, 1],
  });
});

test('a token that is none of the most probable is told beside them', async (t) => {
  const ask = { prompt: 'b', temperature: 0, logit_bias: { 4: 100 }, max_tokens: 1 };
  const top = async (logprobs: number) =>
    (await server.complete({ ...ask, logprobs })).body.choices[0]?.logprobs?.top_logprobs;
  t.deepEqual(await top(0), [{ b: nats(0.1) }]);
  t.deepEqual(await top(1), [{ c: nats(0.7), b: nats(0.1) }]);
  t.deepEqual(await top(5), [{ c: nats(0.7), a: nats(0.2), b: nats(0.1) }]);
});

test('with echo and max_tokens 1, exactly one entry follows the prompt’s, EOS too', async (t) => {
  const ask = { temperature: 0, max_tokens: 1, echo: true, logprobs: 1 };
  for (const [prompt, last, logprob] of [
    ['ab', 'c', 0.7],
    ['abc', '<|endoftext|>', 0.5],
    [[1, 3, 4, 5], '<|endoftext|>', 0.5],
  ] as const) {
    const { logprobs } = (await server.complete({ ...ask, prompt })).body.choices[0] ?? {};
    t.is(logprobs?.tokens.length, prompt.length + 1);
    t.is(logprobs?.tokens.at(-1), last);
    t.is(logprobs?.token_logprobs.at(-1), nats(logprob));
    t.deepEqual([logprobs?.token_logprobs[0], logprobs?.top_logprobs[0]], [null, null]);
  }
});

test('the arrays are as long as each other, and tokens stand in the text where they say', async (t) => {
  const prompts = fc.constantFrom('', 'a', 'bc', 'abcabc');
  await fc.assert(
    fc.asyncProperty(tableRecipes, prompts, fc.boolean(), fc.nat(9), async (recipe, prompt, echo, seed) => {
      const { complete } = serverOf(new TablePredictor(tokenizer, randomTable(tokenizer, recipe)));
      for (const decoder of ['sample', 'beam']) {
        const { body } = await complete({ prompt, echo, seed, decoder, logprobs: 3, max_tokens: 9 });
        const { text, logprobs } = body.choices[0] ?? {};
        const { tokens = [], token_logprobs = [], top_logprobs = [], text_offset = [] } = logprobs ?? {};
        t.deepEqual(
          [token_logprobs, top_logprobs, text_offset].map(({ length }) => length),
          [tokens.length, tokens.length, tokens.length],
        );
        for (const [at, token] of tokens.entries()) {
          if (token !== '<|endoftext|>') t.is(text?.slice(text_offset[at], (text_offset[at] ?? 0) + 1), token);
          const top = top_logprobs[at];
          if (top === null || top === undefined) continue;
          t.is(top[token], token_logprobs[at] ?? undefined);
        }
      }
    }),
    { numRuns: sweepOf(40, 10) },
  );
});

test('a token that cannot come has a number too, for JSON knows no infinity', async (t) => {
  const { complete } = serverOf(new TablePredictor(tokenizer, recitation(tokenizer, 'ab')));
  const { logprobs } =
    (await complete({ prompt: 'aca', echo: true, logprobs: 1, max_tokens: 0 })).body.choices[0] ?? {};
  t.deepEqual(logprobs?.token_logprobs, [null, -9999, -9999]);
  t.deepEqual(logprobs?.top_logprobs.slice(1), [
    { b: 0, c: -9999 },
    { '<|endoftext|>': 0, a: -9999 },
  ]);
});

test('tokens of a stop string are left out, like its text', async (t) => {
  const { complete } = serverOf(new TablePredictor(tokenizer, recitation(tokenizer, 'aabcabcc')));
  const { text, logprobs } = (await complete({ temperature: 0, stop: 'ca', logprobs: 0 })).body.choices[0] ?? {};
  t.deepEqual([text, logprobs?.tokens], ['aab', ['a', 'a', 'b']]);
});

test('offsets count characters, not halves of them', async (t) => {
  const { complete } = serverOf(new TablePredictor(byteTokenizer, recitation(byteTokenizer, '😀é.')));
  const { logprobs } = (await complete({ temperature: 0, logprobs: 0 })).body.choices[0] ?? {};
  t.is(logprobs?.text_offset.at(-2), 2);
  t.deepEqual(logprobs?.tokens.slice(-2), ['.', '<|endoftext|>']);
  t.is(logprobs?.tokens.length, 4 + 2 + 1 + 1);
});

test('names tell tokens apart: text where a token has some of its own, else its id', (t) => {
  t.deepEqual([0, 1, 2, 3].map(tokenNames(tokenizer)), ['token_id:0', '<|endoftext|>', 'token_id:2', 'a']);
  const ofBytes = tokenNames(byteTokenizer);
  t.is(ofBytes(3 + 0x41), 'A');
  t.is(ofBytes(3 + 0xe2), `token_id:${3 + 0xe2}`);
});

test('a piece that begins a word is named with its space', (t) => {
  const pieces = pieceTokenizer([' we', 'we', 'x']);
  t.deepEqual([3, 4, 5].map(tokenNames(pieces)), [' we', 'we', 'x']);
});

test('what the model says of a prompt is told without a token being generated', async (t) => {
  const predictor = new TablePredictor(tokenizer, letters);
  await serverOf(predictor).complete({ prompt: 'abc', max_tokens: 0, echo: true, logprobs: 1 });
  t.is(predictor.calls.length, 4);
  t.is(predictor.liveStates, 0);
});
