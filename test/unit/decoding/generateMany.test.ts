import { createHook } from 'node:async_hooks';
import { setImmediate, setTimeout } from 'node:timers/promises';
import test from 'ava';
import { AsyncIterableX, toArray } from 'ix/asynciterable';
import { beamSearch } from '../../../src/decoding/beamSearch.js';
import { type GenerateManyOptions, generateMany, type IndexedToken } from '../../../src/decoding/generateMany.js';
import { greedy } from '../../../src/decoding/greedy.js';
import { sample } from '../../../src/decoding/sample.js';
import type { Token } from '../../../src/decoding/Token.js';
import type { TokenPredictor } from '../../../src/decoding/TokenPredictor.js';
import { InvalidArgumentError } from '../../../src/errors.js';
import { LanguageModel } from '../../../src/model/LanguageModel.js';
import { CharacterTokenizer } from '../../../src/text/CharacterTokenizer.js';
import { settle } from '../../support/eventLoop.js';
import fc from '../../support/fastCheck.js';
import { randomTable, tableRecipes } from '../../support/randomTable.js';
import { StuckSource } from '../../support/StuckSource.js';
import { sweepOf } from '../../support/sweeps.js';
import { markovChain, sameEverywhere, TablePredictor } from '../../support/tablePredictor.js';

const tokenizer = new CharacterTokenizer('abc');

/** How each prompt is decoded, alone or with others. */
type AnyDecoder = <State>(predictor: TokenPredictor<State>, prompt: string, index: number) => AsyncIterable<Token>;

const decoders: ReadonlyArray<readonly [name: string, decoder: AnyDecoder]> = [
  ['greedy', (predictor, prompt) => greedy(predictor, { prompt, maxLength: 6 })],
  ['sample', (predictor, prompt, index) => sample(predictor, { prompt, maxLength: 6, seed: index })],
  ['beamSearch', (predictor, prompt) => beamSearch(predictor, { prompt, maxLength: 6, beams: 3 })],
];

/** After a comes b, after b comes c, after c the end. */
const alphabet = markovChain(tokenizer, { EOS: { a: 1 }, a: { b: 1 }, b: { c: 1 }, c: { EOS: 1 } });
const endless = sameEverywhere(tokenizer, { a: 0.5, b: 0.3, c: 0.2 });
const greedily: AnyDecoder = (predictor, prompt) => greedy(predictor, { prompt, maxLength: 20 });

const prompts = fc.array(fc.constantFrom('', 'a', 'b', 'ab', 'ccc', 'abcab'), { maxLength: 7 });

/** The tokens of each prompt. */
function byPrompt(tokens: readonly IndexedToken[], count: number): Token[][] {
  return Array.from({ length: count }, (_, index) =>
    tokens.filter((one) => one.index === index).map(({ token }) => token),
  );
}

/** What each prompt gives alone, and the number of rows in each of the calls that it costs. */
async function alone(
  decoder: AnyDecoder,
  predictor: TablePredictor,
  prompts: readonly string[],
): Promise<{ tokens: Token[]; rows: number[] }[]> {
  const results: { tokens: Token[]; rows: number[] }[] = [];
  for (const [index, prompt] of prompts.entries()) {
    const own = new TablePredictor(predictor.tokenizer, predictor.table);
    const tokens = await toArray(decoder(own, prompt, index));
    results.push({ tokens, rows: own.calls.map(({ ids }) => ids.length) });
  }
  return results;
}

async function* slowly<T>(items: readonly T[]): AsyncGenerator<T> {
  for (const item of items) {
    await setImmediate();
    yield item;
  }
}

const textsOf = (tokens: readonly IndexedToken[]): string[] =>
  tokens.map(({ index, token }) => `${index}${token.text}`);

for (const [name, decoder] of decoders) {
  // ── The same as alone ──

  test(`${name}: each prompt gives exactly what it gives alone`, async (t) => {
    await fc.assert(
      fc.asyncProperty(tableRecipes, prompts, fc.integer({ min: 1, max: 8 }), async (recipe, prompts, concurrency) => {
        const predictor = new TablePredictor(tokenizer, randomTable(tokenizer, recipe));
        const tokens = byPrompt(
          await toArray(generateMany(predictor, prompts, decoder, { concurrency })),
          prompts.length,
        );
        t.deepEqual(
          tokens,
          (await alone(decoder, predictor, prompts)).map((one) => one.tokens),
        );
        t.is(predictor.liveStates, 0);
      }),
    );
  });

  test(`${name}: prompts that come over time give the same tokens`, async (t) => {
    await fc.assert(
      fc.asyncProperty(tableRecipes, prompts, fc.integer({ min: 1, max: 8 }), async (recipe, prompts, concurrency) => {
        const predictor = new TablePredictor(tokenizer, randomTable(tokenizer, recipe));
        const tokens = await toArray(generateMany(predictor, slowly(prompts), decoder, { concurrency }));
        t.deepEqual(
          byPrompt(tokens, prompts.length),
          (await alone(decoder, predictor, prompts)).map((one) => one.tokens),
        );
      }),
      { numRuns: sweepOf(30, 15) },
    );
  });

  test.serial(`${name}: a model gives each prompt the tokens that it gives alone`, async (t) => {
    const model = new LanguageModel({ cell: 'gru', tokenizer, embeddingSize: 4, hiddenSize: 6, layers: 2, seed: 3 });
    const prompts = ['', 'a', 'cab', 'bb', ''];
    const together = byPrompt(await toArray(generateMany(model, prompts, decoder, { concurrency: 3 })), prompts.length);
    for (const [index, prompt] of prompts.entries()) {
      const tokens = await toArray(decoder(model, prompt, index));
      t.deepEqual(
        together[index]?.map(({ id }) => id),
        tokens.map(({ id }) => id),
      );
      for (const [place, { logProbability }] of tokens.entries())
        t.true(Math.abs((together[index]?.[place]?.logProbability ?? NaN) - logProbability) < 1e-5);
    }
    model.dispose();
  });

  // ── One call per time step ──

  test(`${name}: where all prompts have concurrency, a time step is one call for all that still go on`, async (t) => {
    await fc.assert(
      fc.asyncProperty(tableRecipes, prompts, async (recipe, prompts) => {
        const predictor = new TablePredictor(tokenizer, randomTable(tokenizer, recipe));
        await toArray(generateMany(predictor, prompts, decoder));
        const rows = (await alone(decoder, predictor, prompts)).map((one) => one.rows);
        const steps = Math.max(0, ...rows.map(({ length }) => length));
        t.deepEqual(
          predictor.calls.map(({ ids }) => ids.length),
          Array.from({ length: steps }, (_, step) => rows.reduce((sum, own) => sum + (own[step] ?? 0), 0)),
        );
      }),
    );
  });

  test(`${name}: a slot gets the next prompt in the time step after its sentence ends`, async (t) => {
    await fc.assert(
      fc.asyncProperty(tableRecipes, prompts, fc.integer({ min: 1, max: 3 }), async (recipe, prompts, concurrency) => {
        const predictor = new TablePredictor(tokenizer, randomTable(tokenizer, recipe));
        await toArray(generateMany(predictor, prompts, decoder, { concurrency }));
        const waiting = (await alone(decoder, predictor, prompts)).map(({ rows }) => [...rows]);
        const expected: number[] = [];
        for (let active = waiting.splice(0, concurrency); active.length > 0; ) {
          expected.push(active.reduce((sum, rows) => sum + (rows.shift() ?? 0), 0));
          active = active.filter((rows) => rows.length > 0);
          active.push(...waiting.splice(0, concurrency - active.length));
        }
        t.deepEqual(
          predictor.calls.map(({ ids }) => ids.length),
          expected,
        );
      }),
    );
  });
}

// ── Prompts ──

test('no prompts, no tokens, no calls', async (t) => {
  const predictor = new TablePredictor(tokenizer, endless);
  t.deepEqual(await toArray(generateMany(predictor, [], greedily)), []);
  t.is(predictor.calls.length, 0);
});

test('the decoder is told which prompt it is, from 0', async (t) => {
  const seen: [string, number][] = [];
  const predictor = new TablePredictor(tokenizer, alphabet);
  const decoder: AnyDecoder = (predictor, prompt, index) => {
    seen.push([prompt, index]);
    return greedy(predictor, { prompt });
  };
  await toArray(generateMany(predictor, ['', 'a', 'b'], decoder, { concurrency: 2 }));
  t.deepEqual(seen, [
    ['', 0],
    ['a', 1],
    ['b', 2],
  ]);
});

test('never more decoders than concurrency are at work', async (t) => {
  let [active, most] = [0, 0];
  const counted: AnyDecoder = async function* (predictor, prompt) {
    most = Math.max(most, ++active);
    yield* greedy(predictor, { prompt, maxLength: 3 });
    active--;
  };
  await toArray(
    generateMany(new TablePredictor(tokenizer, endless), new Array(10).fill('a'), counted, { concurrency: 3 }),
  );
  t.is(most, 3);
  t.is(active, 0);
});

test('there are 64 concurrency where nobody says otherwise', async (t) => {
  const predictor = new TablePredictor(tokenizer, endless);
  await generateMany(predictor, new Array(100).fill('a'), greedily)[Symbol.asyncIterator]().next();
  t.is(predictor.calls[0]?.ids.length, 64);
});

test('prompts are read as concurrency are free for them, and not before', async (t) => {
  let read = 0;
  function* endlessPrompts(): Generator<string> {
    for (;;) {
      read++;
      yield 'a';
    }
  }
  const iterator = generateMany(new TablePredictor(tokenizer, alphabet), endlessPrompts(), greedily, {
    concurrency: 4,
  })[Symbol.asyncIterator]();
  t.is(read, 0);
  await iterator.next();
  await settle();
  t.is(read, 4);
  await iterator.return?.();
});

test('prompts that are there go on while the next one lets wait for itself', async (t) => {
  const source = new StuckSource('b', 'a');
  const iterator = generateMany(new TablePredictor(tokenizer, alphabet), source, greedily)[Symbol.asyncIterator]();
  const tokens: IndexedToken[] = [];
  for (let asked = 0; asked < 3; asked++) tokens.push((await iterator.next()).value);
  t.deepEqual(textsOf(tokens), ['0c', '1b', '1c']);
  const last = iterator.next();
  source.release();
  t.deepEqual(await last, { done: true, value: undefined });
});

test('a prompt goes on when another one has ended and the next one lets wait for itself', async (t) => {
  const source = new StuckSource('a', 'a');
  const decoder: AnyDecoder = (predictor, prompt, index) =>
    greedy(predictor, { prompt, maxLength: index === 1 ? 1 : 5 });
  const iterator = generateMany(new TablePredictor(tokenizer, endless), source, decoder)[Symbol.asyncIterator]();
  const tokens: IndexedToken[] = [];
  for (let asked = 0; asked < 6; asked++) tokens.push((await iterator.next()).value);
  t.deepEqual(
    tokens.map(({ index }) => index),
    [0, 1, 0, 0, 0, 0],
  );
  const last = iterator.next();
  source.release();
  t.deepEqual(await last, { done: true, value: undefined });
});

test('a prompt that comes late joins those that go on, in the same calls', async (t) => {
  const predictor = new TablePredictor(tokenizer, endless);
  const decoder: AnyDecoder = (predictor, prompt) => greedy(predictor, { prompt, maxLength: 10 });
  async function* late(): AsyncGenerator<string> {
    yield '';
    while (predictor.calls.length < 4) await setImmediate();
    yield '';
  }
  await toArray(generateMany(predictor, late(), decoder));
  const rows = predictor.calls.map(({ ids }) => ids.length);
  t.deepEqual(rows.slice(0, 4), [1, 1, 1, 1]);
  t.is(Math.max(...rows), 2);
  t.is(
    rows.reduce((a, b) => a + b),
    20,
  );
});

test.serial('while nothing but a prompt is waited for, the event loop is at rest', async (t) => {
  const source = new StuckSource<string>();
  const iterator = generateMany(new TablePredictor(tokenizer, alphabet), source, greedily)[Symbol.asyncIterator]();
  const pending = iterator.next();
  let turns = 0;
  const hook = createHook({
    init(_, type) {
      if (type === 'Immediate') turns++;
    },
  });
  await settle();
  hook.enable();
  await setTimeout(20);
  hook.disable();
  t.is(turns, 0);
  source.release();
  await pending;
});

// ── Order ──

test('tokens of one time step come in the order of their prompts', async (t) => {
  const tokens = await toArray(generateMany(new TablePredictor(tokenizer, alphabet), ['', 'a', ''], greedily));
  // The prompt of the second one takes a time step.
  t.deepEqual(textsOf(tokens), ['0a', '2a', '0b', '1b', '2b', '0c', '1c', '2c']);
});

test('the order is the same each time, and each iteration decodes anew', async (t) => {
  await fc.assert(
    fc.asyncProperty(tableRecipes, prompts, fc.integer({ min: 1, max: 4 }), async (recipe, prompts, concurrency) => {
      const predictor = new TablePredictor(tokenizer, randomTable(tokenizer, recipe));
      const tokens = generateMany(predictor, prompts, decoders[2]?.[1] ?? greedily, { concurrency });
      t.deepEqual(await toArray(tokens), await toArray(tokens));
    }),
    { numRuns: sweepOf(30, 15) },
  );
});

test('the result is an AsyncIterableX', (t) => {
  t.true(generateMany(new TablePredictor(tokenizer, endless), [], greedily) instanceof AsyncIterableX);
});

// ── Laziness ──

test('nothing is computed, and no prompt read, before the first token is asked for', async (t) => {
  const predictor = new TablePredictor(tokenizer, endless);
  let read = false;
  async function* source(): AsyncGenerator<string> {
    read = true;
    yield 'a';
  }
  generateMany(predictor, source(), greedily)[Symbol.asyncIterator]();
  await settle();
  t.false(read);
  t.is(predictor.calls.length, 0);
});

test('who stops asking costs no calls', async (t) => {
  const predictor = new TablePredictor(tokenizer, endless);
  const iterator = generateMany(predictor, ['', '', ''], greedily)[Symbol.asyncIterator]();
  // Three tokens of the first time step, and the first of the second.
  for (const calls of [1, 1, 1, 2]) {
    await iterator.next();
    await settle();
    t.is(predictor.calls.length, calls);
  }
  await iterator.return?.();
});

// ── Options ──

for (const [options, message] of [
  [{ concurrency: 0 }, 'Expected concurrency to be an integer of at least 1, got 0 (number)'],
  [{ concurrency: 1.5 }, 'Expected concurrency to be an integer of at least 1, got 1.5 (number)'],
  [{ signal: {} }, 'Expected signal to be an AbortSignal, got an instance of Object'],
] as const)
  test(`when called: ${message}`, (t) => {
    const predictor = new TablePredictor(tokenizer, endless);
    t.throws(() => generateMany(predictor, [], greedily, options as unknown as GenerateManyOptions), {
      instanceOf: InvalidArgumentError,
      message,
    });
  });

test('when called: one string is no list of prompts, and does not compile as one', (t) => {
  const predictor = new TablePredictor(tokenizer, endless);
  // @ts-expect-error: its characters would be the prompts.
  t.throws(() => generateMany(predictor, 'We will', greedily), {
    instanceOf: InvalidArgumentError,
    message: 'Expected prompts to be an iterable of prompts, got "We will" (string)',
  });
});
