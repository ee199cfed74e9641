import test, { type ExecutionContext } from 'ava';
import { CELLS as BY_NAME } from '../../../src/cells/cells.js';
import { logSoftmax } from '../../../src/decoding/logSoftmax.js';
import { sample } from '../../../src/decoding/sample.js';
import type { TokenPredictor } from '../../../src/decoding/TokenPredictor.js';
import { textOf } from '../../../src/decoding/textOf.js';
import { InvalidArgumentError } from '../../../src/errors.js';
import { type InferenceModel, KERNELS } from '../../../src/inference/InferenceModel.js';
import type { InferenceState } from '../../../src/inference/InferenceState.js';
import { random } from '../../../src/random.js';
import { isClose } from '../../support/closeness.js';
import { handMadeModel } from '../../support/handMadeModel.js';

const ROOT = Int32Array.of(-1);
const FIRST = Int32Array.of(0);
const sigmoid = (a: number): number => 1 / (1 + Math.exp(-a));

/** The log-probabilities after each of these ids. */
async function read(predictor: TokenPredictor<InferenceState>, ids: readonly number[]): Promise<number[][]> {
  const all: number[][] = [];
  let state: InferenceState | undefined;
  for (const id of ids) {
    const next = await predictor.next(state, state ? FIRST : ROOT, Int32Array.of(id));
    if (state) predictor.free(state);
    state = next.state;
    all.push([...next.logProbabilities]);
  }
  return all;
}

/** What hidden states of one unit make of the logits: projection 3, −2 for a and b. */
const logProbabilitiesOf = (hidden: number): number[] => [
  ...logSoftmax(Float32Array.of(0, 0, 0, 3 * hidden, -2 * hidden)),
];

/** A GRU of one unit: z = σ(x + 0.5·h), r = σ(0.3·x − h), h̃ = tanh(2·x + 0.7·r·h); a is 0.4, b −0.9, EOS 0.2. */
const GRU = {
  cell: 'gru',
  characters: 'ab',
  embeddingSize: 1,
  hiddenSize: 1,
  weights: {
    embedding: [0, 0.2, 0, 0.4, -0.9],
    'layers.0.inputWeights': [1, 0.3, 2],
    'layers.0.recurrentWeights': [0.5, -1, 0.7],
    projection: [0, 0, 0, 3, -2],
  },
} as const;
const [EOS, A, B] = [1, 3, 4];
const TOKENS = { [EOS]: 0.2, [A]: 0.4, [B]: -0.9 };

/** The GRU by hand, with gates held. */
function byHand(ids: readonly number[], held: { update?: number; reset?: number; candidate?: number }): number[][] {
  let h = 0;
  return ids.map((id) => {
    const x = TOKENS[id] ?? 0;
    const z = held.update ?? sigmoid(x + 0.5 * h);
    const r = held.reset ?? sigmoid(0.3 * x - h);
    const candidate = held.candidate ?? Math.tanh(2 * x + 0.7 * r * h);
    h = (1 - z) * h + z * candidate;
    return logProbabilitiesOf(h);
  });
}

for (const kernel of KERNELS)
  test(`${kernel}: a GRU with a pinned gate gives what its equation gives with that number in it`, async (t) => {
    const model = await handMadeModel(GRU, { kernel });
    const ids = [EOS, A, B, B, A];
    for (const held of [
      {},
      { update: 0 },
      { update: 0.25 },
      { reset: 3 },
      { candidate: -0.5 },
      { update: 1, reset: 0 },
    ]) {
      const pins = Object.entries(held).map(([gate, value]) => ({ layer: 0, gate, unit: 0, value }));
      const expected = byHand(ids, held).flat();
      isClose(t, (await read(model.pinned(pins), ids)).flat(), expected, 1e-5, JSON.stringify(held));
    }
  });

test('a pinned part of the state is what the projection and the next time step are given', async (t) => {
  const model = await handMadeModel(GRU);
  const pinned = model.pinned([{ layer: 0, gate: 'hidden', value: 0.6 }]);
  for (const logProbabilities of await read(pinned, [EOS, A, B]))
    isClose(t, logProbabilities, logProbabilitiesOf(0.6), 1e-5);
  const { state } = await pinned.next(undefined, ROOT, Int32Array.of(A));
  // The model itself goes on from the state that the pins left.
  const { logProbabilities } = await model.next(state, FIRST, Int32Array.of(B));
  const z = sigmoid(-0.9 + 0.5 * 0.6);
  const r = sigmoid(-0.27 - 0.6);
  isClose(t, logProbabilities, logProbabilitiesOf((1 - z) * 0.6 + z * Math.tanh(-1.8 + 0.7 * r * 0.6)), 1e-5);
});

const CELLS = Object.values(BY_NAME);

/** Two layers of a cell with random weights. */
const randomModel = (cell: (typeof CELLS)[number], kernel?: (typeof KERNELS)[number]): Promise<InferenceModel> =>
  handMadeModel(
    {
      ...{ cell, characters: 'abcdefgh', embeddingSize: 6, hiddenSize: 6, layers: 2, initialState: 'learned' },
      weights: (name, at) => 0.5 * random(3, name).normal(at),
    },
    { kernel },
  );

for (const cell of CELLS)
  test(`${cell.name}: every gate can be pinned; held at what it is, nothing changes, and at another value, something does`, async (t) => {
    const model = await randomModel(cell);
    const { tokenizer } = model;
    const [step] = await read(model, [tokenizer.eosId]);
    const { layers } = await model.activations('');
    for (const [layer, gates] of layers.entries())
      for (const [gate, { width, values }] of Object.entries(gates)) {
        const asTheyAre = Array.from({ length: width }, (_, unit) => ({ layer, gate, unit, value: values[unit] ?? 0 }));
        const place = `${gate} of layer ${layer}`;
        t.deepEqual((await read(model.pinned(asTheyAre), [tokenizer.eosId]))[0], step, place);
        const other = model.pinned([{ layer, gate, unit: 2, value: (values[2] ?? 0) + 0.5 }]);
        // By the stabilizer, all that the output is a quotient of is scaled alike.
        if (gate === 'stabilizer') continue;
        const later = (await read(other, [1, 3, 5])).at(-1);
        t.notDeepEqual(later, (await read(model, [1, 3, 5])).at(-1), place);
      }
    // What the first layer makes of tokens alone is remembered, and remembered as it is without pins.
    t.deepEqual((await read(model, [tokenizer.eosId]))[0], step);
  });

test('70 hypotheses at once are pinned as each alone, and so are tokens that are read at once', async (t) => {
  const [cell] = CELLS.filter(({ name }) => name === 'minGru');
  if (!cell) throw new RangeError('There is no such cell');
  const model = await randomModel(cell);
  for (const gate of ['update', 'hidden']) {
    const pinned = model.pinned([{ layer: 0, gate, unit: 4, value: 0.9 }]);
    const ids = Int32Array.from({ length: 70 }, (_, row) => 3 + (row % 8));
    const { logProbabilities } = await pinned.next(
      undefined,
      ids.map(() => -1),
      ids,
    );
    const size = model.tokenizer.vocabularySize;
    for (const row of [0, 7, 63, 64, 69]) {
      const [alone] = await read(pinned, [ids[row] ?? 0]);
      t.deepEqual([...logProbabilities.subarray(row * size, (row + 1) * size)], alone);
    }
    const atOnce = await pinned.read?.(undefined, -1, ids);
    t.deepEqual([...(atOnce?.logProbabilities ?? [])], (await read(pinned, [...ids])).at(-1));
  }
});

test('of two pins of a unit the later one counts, and a whole gate is all its units', async (t) => {
  const [cell] = CELLS;
  if (!cell) throw new RangeError('There is no cell');
  const model = await randomModel(cell);
  const at = (value: number, unit?: number) => ({ layer: 1, gate: 'hidden', unit, value });
  const units = Array.from({ length: 6 }, (_, unit) => at(0.5, unit));
  const whole = await read(model.pinned([at(0.5)]), [1, 4]);
  t.deepEqual(await read(model.pinned(units), [1, 4]), whole);
  t.deepEqual(await read(model.pinned([at(-1, 3), at(0.5)]), [1, 4]), whole);
  t.deepEqual(await read(model.pinned([...units, at(-1, 3), at(0.5, 3)]), [1, 4]), whole);
});

test('decoders take it: a GRU whose update gate is shut forgets all that it read', async (t) => {
  const model = await handMadeModel({ ...GRU, weights: { ...GRU.weights, projectionBias: [-99, -99, -99, 0, -1] } });
  const shut = model.pinned([{ layer: 0, gate: 'update', value: 0 }]);
  const write = (by: TokenPredictor<InferenceState>, prompt: string) =>
    textOf(sample(by, { prompt, seed: 4, maxLength: 30 }));
  t.is(await write(shut, 'aaaa'), await write(shut, 'bbbb'));
  t.not(await write(model, 'aaaa'), await write(model, 'bbbb'));
});

const mistakes = async (t: ExecutionContext, pins: unknown, message: RegExp): Promise<void> => {
  const model = await handMadeModel(GRU);
  t.throws(() => model.pinned(pins as never), { instanceOf: InvalidArgumentError, message });
};
test('a pin of what is not there is refused, by its place in the list', async (t) => {
  const pin = { layer: 0, gate: 'update', value: 0 };
  await mistakes(t, pin, /^Expected pins to be an array of pins, got an instance of Object/);
  await mistakes(t, [pin, 3], /^Expected pins\[1\] to be a pin/);
  await mistakes(t, [{ ...pin, layer: 1 }], /^Expected pins\[0\]\.layer to be .* below 1, got 1/);
  await mistakes(
    t,
    [{ ...pin, gate: 'forget' }],
    /^Expected pins\[0\]\.gate to be one of update, reset, candidate, hidden/,
  );
  await mistakes(t, [{ ...pin, unit: 1 }], /^Expected pins\[0\]\.unit to be .* below 1, got 1/);
  for (const value of [NaN, Infinity, 1e39, '1'])
    await mistakes(t, [{ ...pin, value }], /^Expected pins\[0\]\.value to be/);
});
