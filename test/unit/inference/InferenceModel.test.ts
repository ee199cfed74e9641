import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import type { Cell } from '../../../src/cells/cell.js';
import { beamSearch } from '../../../src/decoding/beamSearch.js';
import { generateMany } from '../../../src/decoding/generateMany.js';
import { greedy } from '../../../src/decoding/greedy.js';
import { sample } from '../../../src/decoding/sample.js';
import { score } from '../../../src/decoding/score.js';
import type { Token } from '../../../src/decoding/Token.js';
import type { TokenPredictor } from '../../../src/decoding/TokenPredictor.js';
import { InvalidArgumentError } from '../../../src/errors.js';
import { InferenceModel, KERNELS, type KernelName } from '../../../src/inference/InferenceModel.js';
import type { InferenceState } from '../../../src/inference/InferenceState.js';
import { LanguageModel } from '../../../src/model/LanguageModel.js';
import type { ModelOptions } from '../../../src/model/ModelConfig.js';
import { CharacterTokenizer } from '../../../src/text/CharacterTokenizer.js';
import { PieceTokenizer } from '../../../src/text/PieceTokenizer.js';
import { SentencePieceTokenizer } from '../../../src/text/SentencePieceTokenizer.js';
import { tf } from '../../../src/tf.js';
import { referenceWeights } from '../../reference/weights.js';
import { CELLS, VARIED_CELLS } from '../../support/cells.js';
import { isClose, largestError } from '../../support/closeness.js';
import { collect } from '../../support/collect.js';
import { cells, modelOf, setWeight, smallModel, variableOf, variantsOf } from '../../support/languageModels.js';
import { ODD_CELLS } from '../../support/oddCells.js';
import { fixtureAt } from '../../support/places.js';
import { everyFifth, sweep } from '../../support/sweeps.js';
import { temporaryDirectory } from '../../support/temporaryFiles.js';

const tokenizer = new CharacterTokenizer('abcdefghijklmnopqrstuvwxyz .,!?');

/** A model as it is, saved, and loaded to be read. */
async function both(t: ExecutionContext, model: LanguageModel, kernel?: KernelName): Promise<InferenceModel> {
  const path = await temporaryDirectory(t);
  await model.save(path);
  return InferenceModel.load(path, { kernel });
}

/** The log-probabilities of 12 steps of `count` hypotheses that go on from each other. */
async function steps<State>(model: TokenPredictor<State>, count: number): Promise<number[]> {
  const all: number[] = [];
  let state: State | undefined;
  for (let step = 0; step < 12; step++) {
    const rows = Int32Array.from({ length: count }, (_, row) => (step === 0 ? -1 : (3 * row + step) % count));
    const ids = Int32Array.from({ length: count }, (_, row) => (5 * row + 7 * step) % model.tokenizer.vocabularySize);
    const next = await model.next(state, rows, ids);
    if (state !== undefined) model.free(state);
    all.push(...next.logProbabilities);
    state = next.state;
  }
  return all;
}

// ── The same numbers as TensorFlow ──

const SHAPES = [
  { embeddingSize: 19, hiddenSize: 37, layers: 1 },
  { embeddingSize: 37, hiddenSize: 37, layers: 2, tieWeights: true, initialState: 'learned' },
] as const;

for (const cell of [...CELLS, ...ODD_CELLS])
  test(`${cell.name}: log-probabilities are TensorFlow's, to 1e-5 of the largest`, async (t) => {
    // Of cells that differ less from each other, two layers are enough.
    for (const options of sweep(SHAPES, ({ layers }) => layers === 2 || VARIED_CELLS.includes(cell))) {
      const model = modelIfItCan(cell, options);
      if (!model) continue;
      const path = await temporaryDirectory(t);
      await model.save(path);
      const expected = await steps(model, 5);
      model.dispose();
      for (const kernel of KERNELS) {
        const inference = await InferenceModel.load(path, { kernel });
        t.is(inference.kernel, kernel);
        isClose(t, await steps(inference, 5), expected, 1e-5, `${kernel}, ${JSON.stringify(options)}`);
      }
    }
  });

/** Some odd cells need equal sizes. */
function modelIfItCan(cell: Cell, options: Omit<ModelOptions, 'cell'>): LanguageModel | undefined {
  try {
    return new LanguageModel({ cell, tokenizer, ...options });
  } catch (error) {
    if (options.embeddingSize === options.hiddenSize) throw error;
    return undefined;
  }
}

for (const cell of cells)
  test(`${cell}: whatever a model is made of, log-probabilities are TensorFlow's`, async (t) => {
    for (const [variant, config, options] of sweep(variantsOf(cell), everyFifth)) {
      const model = modelOf(config, referenceWeights(config, options));
      isClose(t, await steps(await both(t, model), 3), await steps(model, 3), 1e-5, variant);
      model.dispose();
    }
  });

const BEFORE = fileURLToPath(fixtureAt('before'));
const { generated }: { generated: Record<string, { logProbabilities: number[]; greedy: number[] }> } = JSON.parse(
  readFileSync(join(BEFORE, 'expected.json'), 'utf8'),
);
for (const [name, expected] of Object.entries(generated))
  test(`${name}, saved before models carried their cell, says what it said then`, async (t) => {
    const model = await InferenceModel.load(join(BEFORE, 'models', name));
    isClose(t, (await model.score('we will go home.')).logProbabilities, expected.logProbabilities, 1e-5);
    t.deepEqual(await idsOf(greedy(model, { prompt: 'we', maxLength: 40 })), expected.greedy);
  });

async function idsOf(tokens: AsyncIterable<Token>): Promise<number[]> {
  return (await collect(tokens)).map(({ id }) => id);
}

test('decoders say with it what they say with TensorFlow', async (t) => {
  const model = new LanguageModel({ cell: 'gru', tokenizer, embeddingSize: 16, hiddenSize: 40 });
  setWeight(
    model,
    'projection',
    (variableOf(model, 'projection').dataSync() as Float32Array).map((value) => 8 * value),
  );
  const inference = await both(t, model);
  const options = { prompt: 'we', maxLength: 60 };
  for (const decode of [
    (by: TokenPredictor<unknown>) => greedy(by, options),
    (by: TokenPredictor<unknown>) => sample(by, { ...options, temperature: 0.8, seed: 5 }),
    (by: TokenPredictor<unknown>) => beamSearch(by, { ...options, beams: 6 }),
  ])
    t.deepEqual(
      await idsOf(decode(inference as TokenPredictor<unknown>)),
      await idsOf(decode(model as TokenPredictor<unknown>)),
    );
  const prompts = Array.from({ length: 70 }, (_, at) => 'ab cd'.slice(0, at % 5));
  const texts = async (by: TokenPredictor<unknown>): Promise<unknown[]> =>
    collect(generateMany(by, prompts, (own, prompt) => sample(own, { prompt, maxLength: 12 }), { concurrency: 70 }));
  t.deepEqual(
    JSON.stringify(await texts(inference as TokenPredictor<unknown>), withoutNumbers),
    JSON.stringify(await texts(model as TokenPredictor<unknown>), withoutNumbers),
  );
  model.dispose();
});

function withoutNumbers(name: string, value: unknown): unknown {
  return name === 'logProbability' ? undefined : value;
}

// ── Hypotheses and states ──

test('a hypothesis has the same numbers, bit for bit, in whatever company', async (t) => {
  const model = new LanguageModel({ cell: 'lstm', tokenizer, embeddingSize: 24, hiddenSize: 70, layers: 2 });
  const inference = await both(t, model);
  model.dispose();
  const { vocabularySize } = tokenizer;
  const alone: Float32Array[] = [];
  let states: InferenceState[] = [];
  for (let row = 0; row < 150; row++) {
    const first = await inference.next(undefined, Int32Array.of(-1), Int32Array.of(row % vocabularySize));
    const second = await inference.next(first.state, Int32Array.of(0), Int32Array.of((row * 7) % vocabularySize));
    alone.push(second.logProbabilities);
    states = [...states, first.state, second.state];
  }
  for (const state of states) inference.free(state);
  for (const count of [1, 2, 3, 4, 5, 8, 63, 64, 65, 150]) {
    const ids = Int32Array.from({ length: count }, (_, row) => row % vocabularySize);
    const first = await inference.next(undefined, new Int32Array(count).fill(-1), ids);
    const backwards = Int32Array.from({ length: count }, (_, row) => count - 1 - row);
    const second = await inference.next(
      first.state,
      backwards,
      backwards.map((row) => (row * 7) % vocabularySize),
    );
    for (const [place, row] of backwards.entries())
      t.deepEqual(second.logProbabilities.subarray(place * vocabularySize, (place + 1) * vocabularySize), alone[row]);
    inference.free(first.state);
    inference.free(second.state);
  }
});

for (const kernel of KERNELS)
  test(`many tokens read at once give the bits of steps one by one: ${kernel}`, async (t) => {
    const model = new LanguageModel({ cell: 'lstm', tokenizer, embeddingSize: 9, hiddenSize: 30, layers: 2 });
    const inference = await both(t, model, kernel);
    model.dispose();
    const ids = Int32Array.from({ length: 40 }, (_, at) => (7 * at) % tokenizer.vocabularySize);
    const begun = await inference.next(undefined, Int32Array.of(-1, -1), Int32Array.of(3, 4));
    for (const [before, row] of [
      [undefined, -1],
      [begun.state, -1],
      [begun.state, 1],
    ] as const) {
      const read = await inference.read(before, row, ids);
      let stepped = await inference.next(before, Int32Array.of(row), ids.slice(0, 1));
      for (const id of ids.subarray(1))
        stepped = await inference.next(stepped.state, Int32Array.of(0), Int32Array.of(id));
      t.deepEqual(read.logProbabilities, stepped.logProbabilities);
      t.is(read.state.rows, 1);
      t.deepEqual(read.state.numbers, stepped.state.numbers);
    }
  });

test('a long prompt is read many tokens at once, and gives what it gives TensorFlow', async (t) => {
  const model = smallModel({ cell: 'gru', layers: 2 });
  const inference = await both(t, model);
  let [reads, steps] = [0, 0];
  const counting: TokenPredictor<InferenceState> = {
    tokenizer: inference.tokenizer,
    next: (...given) => {
      steps++;
      return inference.next(...given);
    },
    read: (...given) => {
      reads++;
      return inference.read(...given);
    },
    free: (state) => inference.free(state),
  };
  const options = { prompt: 'abcddcba'.repeat(150), maxLength: 5, minLength: 5 };
  const [ours, theirs] = [await collect(greedy(counting, options)), await collect(greedy(model, options))];
  t.deepEqual([reads, steps], [3, 4]);
  t.deepEqual(
    ours.map(({ id }) => id),
    theirs.map(({ id }) => id),
  );
  isClose(
    t,
    ours.map(({ logProbability }) => logProbability),
    theirs.map(({ logProbability }) => logProbability),
    1e-5,
  );
  model.dispose();
});

test('timers have their turns, and others their steps, while many tokens are read; ids that change meanwhile change nothing', async (t) => {
  const model = smallModel({ cell: 'gru' });
  const inference = await both(t, model);
  model.dispose();
  const begin = () => inference.next(undefined, Int32Array.of(-1), Int32Array.of(1));
  let ticks = 0;
  let sure = new Int32Array();
  let read = await begin();
  const others = setInterval(() => {
    ticks++;
    void inference.next(undefined, new Int32Array(5).fill(-1), new Int32Array(5).fill(4));
  }, 1);
  // However fast the machine is, so many that it takes a while.
  for (let length = 3000; ticks === 0 && length < 1e6; length *= 2) {
    const ids = Int32Array.from({ length }, (_, at) => 3 + (at % 4));
    const { state } = await begin();
    const reading = inference.read(state, 0, ids);
    inference.free(state);
    sure = ids.slice();
    ids.fill(-1);
    read = await reading;
  }
  clearInterval(others);
  t.true(ticks > 0);
  let stepped = await begin();
  for (const id of sure) {
    const { state: before } = stepped;
    stepped = await inference.next(before, Int32Array.of(0), Int32Array.of(id));
    inference.free(before);
  }
  t.deepEqual(read.logProbabilities, stepped.logProbabilities);
});

test('a state stays as it is, whatever is computed from it', async (t) => {
  const model = smallModel({ cell: 'lstm' });
  const inference = await both(t, model);
  model.dispose();
  const { state } = await inference.next(undefined, Int32Array.of(-1), Int32Array.of(1));
  const once = await inference.next(state, Int32Array.of(0), Int32Array.of(4));
  await inference.next(state, Int32Array.of(0), Int32Array.of(5));
  await inference.score('abcd');
  const again = await inference.next(state, Int32Array.of(0), Int32Array.of(4));
  t.deepEqual(again.logProbabilities, once.logProbabilities);
});

test('a state that was freed, or is of another model, is refused', async (t) => {
  const model = smallModel({ cell: 'gru' });
  const [inference, other] = [await both(t, model), await both(t, model)];
  model.dispose();
  const { state } = await inference.next(undefined, Int32Array.of(-1), Int32Array.of(1));
  const refused = {
    instanceOf: InvalidArgumentError,
    message: /^Expected a state that this model gave, and that was not/,
  };
  await t.throwsAsync(other.next(state, Int32Array.of(0), Int32Array.of(1)), refused);
  await t.throwsAsync(other.read(state, 0, Int32Array.of(1)), refused);
  other.free(state);
  t.is(state.rows, 1);
  inference.free(state);
  t.is(state.rows, 0);
  inference.free(state);
  await t.throwsAsync(inference.next(state, Int32Array.of(0), Int32Array.of(1)), refused);
});

for (const [what, rows, ids, message] of [
  ['no rows', [], [], /one or more rows and as many ids/],
  ['more rows than ids', [-1, -1], [1], /one or more rows and as many ids/],
  ['a row where there is no state', [0], [1], /Expected a row to be -1 where there is no state, got 0/],
  ['an id that there is not', [-1], [7], /Expected an id to be from 0 to 6, got 7/],
] as const)
  test(`${what} is an InvalidArgumentError`, async (t) => {
    const model = smallModel({ cell: 'rnn' });
    const inference = await both(t, model);
    model.dispose();
    const error = { instanceOf: InvalidArgumentError, message };
    await t.throwsAsync(inference.next(undefined, Int32Array.from(rows), Int32Array.from(ids)), error);
  });

test('a state takes four bytes a number of its parts, in all layers', async (t) => {
  const model = smallModel({ cell: 'lstm', layers: 3 });
  t.is((await both(t, model)).stateBytes, model.stateBytes);
  model.dispose();
});

// ── Texts ──

test('a score is that of the decoder of this name; totals are those of all sentences', async (t) => {
  const model = new LanguageModel({ cell: 'lstm', tokenizer, embeddingSize: 12, hiddenSize: 30 });
  const inference = await both(t, model);
  const sentences = Array.from({ length: 37 }, (_, at) => 'we will go home, and stay there!'.slice(at % 11, 12 + at));
  let sum = 0;
  let tokens = 0;
  for (const sentence of [...sentences, '']) {
    const [ours, theirs] = [
      await inference.score(sentence, { prompt: 'oh, ' }),
      await score(model, sentence, { prompt: 'oh, ' }),
    ];
    isClose(
      t,
      ours.logProbabilities,
      theirs.tokens.map(({ logProbability }) => logProbability),
      1e-5,
    );
    t.deepEqual(
      [...ours.ids],
      theirs.tokens.map(({ id }) => id),
    );
    isClose(t, [ours.logProbability], [theirs.logProbability], 1e-5);
    t.is(ours.tokens, sentence.length + 1);
    const own = await inference.score(sentence);
    sum += own.logProbability;
    tokens += own.tokens;
  }
  const totals = await inference.totals([...sentences, '']);
  t.is(totals.sentences, 38);
  t.is(totals.tokens, tokens);
  t.is(totals.characters, tokens);
  isClose(t, [totals.logProbability], [sum], 1e-12);
  isClose(t, [totals.natsPerToken], [-sum / tokens], 1e-12);
  isClose(t, [totals.bitsPerCharacter], [-sum / Math.LN2 / tokens], 1e-12);
  isClose(t, [totals.perplexity], [Math.exp(-sum / tokens)], 1e-12);
  await t.throwsAsync(inference.totals([]), {
    instanceOf: InvalidArgumentError,
    message: 'Expected sentences, got none',
  });
  await t.throwsAsync(inference.totals('abc'), { instanceOf: InvalidArgumentError });
  model.dispose();
});

for (const cell of CELLS)
  test(`${cell.name}: activations are the gates that TensorFlow computes`, async (t) => {
    const model = new LanguageModel({ cell, tokenizer, embeddingSize: 9, hiddenSize: 13, layers: 2 });
    const inference = await both(t, model);
    const { ids, layers } = await inference.activations('we go.');
    t.deepEqual([...ids], [tokenizer.eosId, ...tokenizer.encode('we go.')]);
    const targets = Int32Array.of(...tokenizer.encode('we go.'), tokenizer.eosId);
    const [size, length] = [1, targets.length];
    const batch = {
      ...{ ids: targets, mask: new Float32Array(length).fill(1), lengths: Int32Array.of(length) },
      ...{ size, length, tokens: length },
    };
    const gates = model.gates(batch);
    for (const [layer, named] of gates.entries()) {
      t.deepEqual(Object.keys(layers[layer] ?? {}).sort(), Object.keys(named).sort());
      for (const [name, gate] of Object.entries(named)) {
        const got = layers[layer]?.[name];
        t.is(got?.width, gate.shape[1]);
        isClose(t, got?.values ?? [], gate.dataSync(), 1e-5, `${name} of layer ${layer}`);
      }
    }
    tf.dispose(gates);
    model.dispose();
  });

for (const cell of VARIED_CELLS)
  test(`${cell.name}: connectivity is the norm of what finite differences give`, async (t) => {
    const model = new LanguageModel({
      cell,
      tokenizer,
      embeddingSize: 4,
      hiddenSize: 6,
      layers: 2,
      initialState: 'learned',
    });
    const inference = await both(t, model);
    // Each character once: a change of its embedding is a change at its place alone.
    const text = 'gonear';
    const at = 4;
    const made = await inference.connectivity(text, at);
    const ids = [tokenizer.eosId, ...tokenizer.encode(text)];
    t.is(made.length, at + 1);
    const embedding = Float32Array.from(variableOf(model, 'embedding').dataSync());
    const logProbability = async (place: number, change: number): Promise<number> => {
      setWeight(
        model,
        'embedding',
        embedding.map((value, index) => (index === place ? value + change : value)),
      );
      const { tokens } = await score(model, text);
      return tokens[at]?.logProbability ?? NaN;
    };
    const expected: number[] = [];
    for (const id of ids.slice(0, at + 1)) {
      const gradient: number[] = [];
      for (let place = 4 * id; place < 4 * id + 4; place++) {
        const difference = async (step: number): Promise<number> =>
          ((await logProbability(place, step)) - (await logProbability(place, -step))) / (2 * step);
        const [near, far] = [await difference(0.02), await difference(0.04)];
        // Richardson's: what errors of the second order leave is of the fourth.
        gradient.push((4 * near - far) / 3);
      }
      expected.push(Math.hypot(...gradient));
    }
    const error = largestError(made, expected);
    // Differences in float32 are off where an equation is bent or has a corner; a wrong derivative would be off by far more.
    t.true(error < 0.03, `${error}: ${made} instead of ${expected}`);
    model.dispose();
  });

test('connectivity of a place: what was read up to it, EOS first; the end of a sentence is a place', async (t) => {
  const model = smallModel({ cell: 'gru', embeddingSize: 4, tieWeights: true });
  const inference = await both(t, model);
  model.dispose();
  t.is((await inference.connectivity('abcd', 0)).length, 1);
  const all = await inference.connectivity('abcd', 4);
  t.is(all.length, 5);
  t.true(all.every((norm) => norm > 0));
  const places = {
    instanceOf: InvalidArgumentError,
    message: /^Expected at to be an integer of at least 0 and below 5, got/,
  };
  for (const at of [-1, 5, 0.5, NaN]) await t.throwsAsync(inference.connectivity('abcd', at), places);
});

test('a text of 20,000 characters is read, and timers have their turns meanwhile', async (t) => {
  const model = smallModel({ cell: 'rnn' });
  const inference = await both(t, model);
  model.dispose();
  let ticks = 0;
  const timer = setInterval(() => ticks++, 1);
  const { tokens } = await inference.score('abcd'.repeat(5000));
  clearInterval(timer);
  t.is(tokens, 20_001);
  t.true(ticks > 0);
});

for (const name of ['ours-unigram', 'ours-bpe', 'google-symbols'])
  test(`${name}: a model of pieces gets a tokenizer of our own, and gives the tokens that it gives with Google's`, async (t) => {
    const google = await SentencePieceTokenizer.load(fixtureAt(`sentencepiece/${name}.model`));
    const model = new LanguageModel({ cell: 'gru', tokenizer: google, embeddingSize: 8, hiddenSize: 16 });
    const path = await temporaryDirectory(t);
    await model.save(path);
    const files = readdirSync(path).map((file): [string, Uint8Array] => [file, readFileSync(join(path, file))]);
    const ours = await InferenceModel.load(Object.fromEntries(files));
    t.true(ours.tokenizer instanceof PieceTokenizer && !(ours.tokenizer instanceof SentencePieceTokenizer));
    const theirs = await InferenceModel.load(path, { tokenizer: google });
    const options = { prompt: 'We will not rest. 日本 [us', maxLength: 40 };
    const decoders = [
      (one: InferenceModel) => greedy(one, options),
      (one: InferenceModel) => sample(one, { ...options, temperature: 1, seed: 3 }),
      (one: InferenceModel) => beamSearch(one, { ...options, beams: 4 }),
    ];
    for (const decode of decoders) t.deepEqual(await collect(decode(ours)), await collect(decode(theirs)));
    const [found, expected] = [await ours.score('We will go.'), await score(model, 'We will go.')];
    t.deepEqual(
      [...found.ids],
      expected.tokens.map(({ id }) => id),
    );
    isClose(t, [found.logProbability], [expected.logProbability], 1e-5);
    model.dispose();
  });

test('what the first layer makes of tokens is the same, remembered or not', async (t) => {
  // 2²⁵ bytes are remembered: 30,000 ids of 3 · 100 numbers are more.
  const many = new CharacterTokenizer(String.fromCodePoint(...Array.from({ length: 30_000 }, (_, at) => 0x4e00 + at)));
  const model = new LanguageModel({ cell: 'gru', tokenizer: many, embeddingSize: 5, hiddenSize: 100 });
  isClose(t, await steps(await both(t, model), 3), await steps(model, 3), 1e-5);
  model.dispose();
});
