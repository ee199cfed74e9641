import { setImmediate } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { toArray } from 'ix/asynciterable';
import type { Cell } from '../../../src/cells/cell.js';
import type { CellName } from '../../../src/cells/cells.js';
import { beamSearch } from '../../../src/decoding/beamSearch.js';
import { greedy } from '../../../src/decoding/greedy.js';
import type { LogProbabilityProcessor } from '../../../src/decoding/LogProbabilityProcessor.js';
import { sample } from '../../../src/decoding/sample.js';
import type { TokenPredictor } from '../../../src/decoding/TokenPredictor.js';
import { LanguageModel } from '../../../src/model/LanguageModel.js';
import type { RecurrentState } from '../../../src/model/RecurrentState.js';
import { CharacterTokenizer } from '../../../src/text/CharacterTokenizer.js';
import { tf } from '../../../src/tf.js';
import { ODD_CELLS } from '../../support/oddCells.js';

const tokenizer = new CharacterTokenizer('abcdefgh .');

/** Keeps sentences from ending before maxLength. */
const withoutEos: LogProbabilityProcessor = (logProbabilities) => void logProbabilities.fill(-Infinity, 0, 3);
const options = { prompt: 'bad cafe', processors: [withoutEos], maxLength: 12 };

function tinyModel(cell: CellName | Cell): LanguageModel {
  const model = new LanguageModel({ cell, tokenizer, embeddingSize: 6, hiddenSize: 8, layers: 2, seed: 5 });
  // Initial weights are nearly indifferent; these have opinions.
  for (const weight of Object.values(model.weights)) tf.tidy(() => weight.assign(weight.mul(6)));
  return model;
}

/** The most probable ids of characters after a prompt, one `next` after the other, and their log-probabilities. */
async function stepByStep(model: LanguageModel, prompt: string, length: number): Promise<[number, number][]> {
  const chosen: [number, number][] = [];
  let read = [tokenizer.eosId, ...tokenizer.encode(prompt)];
  let state: RecurrentState | undefined;
  while (chosen.length < length) {
    let logProbabilities: number[] = [];
    for (const id of read) {
      const result = await model.next(state, Int32Array.of(state ? 0 : -1), Int32Array.of(id));
      if (state) model.free(state);
      state = result.state;
      logProbabilities = [...result.logProbabilities];
    }
    const best = Math.max(...logProbabilities.slice(3));
    const id = logProbabilities.indexOf(best, 3);
    chosen.push([id, best]);
    read = [id];
  }
  if (state) model.free(state);
  return chosen;
}

/** Asserts that an action leaves as many tensors as it found. */
async function leavesNoTensor(t: ExecutionContext, action: (model: LanguageModel) => Promise<void>): Promise<void> {
  for (const cell of ['rnn', 'lstm', 'gru'] as const) {
    const model = tinyModel(cell);
    const before = tf.memory().numTensors;
    await action(model);
    t.is(tf.memory().numTensors, before, cell);
    model.dispose();
  }
}

test('a LanguageModel is a TokenPredictor: this compiles', (t) => {
  const decodeAny = (predictor: TokenPredictor<RecurrentState>) => greedy(predictor);
  const decodeModel: (model: LanguageModel) => unknown = decodeAny;
  t.is(decodeModel, decodeAny);
});

test('greedy has no options of sample: this does not compile', (t) => {
  // @ts-expect-error: greedy draws nothing, so it has no temperature.
  const decode = (model: LanguageModel) => greedy(model, { temperature: 1 });
  t.is(typeof decode, 'function');
});

for (const cell of ['rnn', 'lstm', 'gru'] as const)
  test.serial(`greedy takes what the model finds most probable, step by step: ${cell}`, async (t) => {
    const model = tinyModel(cell);
    const tokens = await toArray(greedy(model, options));
    t.deepEqual(
      tokens.map(({ id, logProbability }) => [id, logProbability]),
      await stepByStep(model, options.prompt, options.maxLength),
    );
    model.dispose();
  });

test.serial('the same seed gives the same sentence of a model', async (t) => {
  const model = tinyModel('gru');
  const tokens = sample(model, { ...options, temperature: 2, seed: 3, maxLength: 40 });
  const first = await toArray(tokens);
  t.deepEqual(await toArray(tokens), first);
  t.is(first.length, 40);
  model.dispose();
});

test.serial('a sentence that ends leaves no tensor behind', (t) =>
  leavesNoTensor(t, async (model) => {
    await toArray(sample(model, options));
  }),
);

test.serial('a sentence that is left leaves no tensor behind', (t) =>
  leavesNoTensor(t, async (model) => {
    for await (const token of sample(model, options)) if (token.text !== '') break;
  }),
);

test.serial('abort between tokens leaves no tensor behind, though nobody asks for a token', (t) =>
  leavesNoTensor(t, async (model) => {
    const controller = new AbortController();
    await sample(model, { ...options, signal: controller.signal })
      [Symbol.asyncIterator]()
      .next();
    controller.abort();
  }),
);

test.serial('abort during a prediction leaves no tensor behind when the prediction is there', (t) =>
  leavesNoTensor(t, async (model) => {
    const controller = new AbortController();
    const before = tf.memory().numTensors;
    const pending = sample(model, { ...options, signal: controller.signal })
      [Symbol.asyncIterator]()
      .next();
    controller.abort();
    await t.throwsAsync(pending, { any: true });
    while (tf.memory().numTensors > before) await setImmediate();
  }),
);

test('a model whose cell has no state is searched like any other', async (t) => {
  const cell = ODD_CELLS.find(({ name }) => name === 'withoutState') ?? t.fail();
  const model = tinyModel(cell);
  t.is(model.stateBytes, 0);
  const [best] = await toArray(beamSearch(model, { prompt: 'b', beams: 3, maxLength: 4 }));
  t.true(Number.isFinite(best?.logProbability));
  model.dispose();
});
