import test from 'ava';
import { gru } from '../../../../src/cells/gru.js';
import { indRnn } from '../../../../src/cells/indRnn.js';
import { lstm } from '../../../../src/cells/lstm.js';
import { InvalidArgumentError } from '../../../../src/errors.js';
import { recurrentWeights } from '../../../../src/graph/maskedState.js';
import '../../../support/backend.js';
import { dropoutMask } from '../../../../src/model/dropoutMask.js';
import { modelConfig } from '../../../../src/model/ModelConfig.js';
import type { Network } from '../../../../src/model/network/Network.js';
import { gradientsInOrder, lossOfSequences, tensorsInOrder } from '../../../../src/model/network/sequences.js';
import { networkDropout } from '../../../../src/model/networkDropout.js';
import { random } from '../../../../src/random.js';
import { tf } from '../../../../src/tf.js';
import { each, product, sigmoid, sum, tanh } from '../../../reference/arrays.js';
import { gate, type LayerTensors } from '../../../reference/cell.js';
import { ArraysEngine } from '../../../support/ArraysEngine.js';
import { isClose } from '../../../support/closeness.js';
import { scoped } from '../../../support/memory.js';
import { networkOfCase, sequencesOfCase } from '../../../support/networks.js';

type Vector = Float64Array;

const times = (a: Vector, b: Vector): Vector => each((x, y) => x * y, a, b);

/** The equations of a time step with masks, by hand: `m` multiplies h where it meets U, and `k` multiplies U. */
const STEPS = {
  lstm(w: LayerTensors, x: Vector, [h, c]: [Vector, Vector], m: Vector) {
    const gates = [0, 1, 2, 3].map((at) => {
      const { w: input, u, b } = gate(w, at, 4);
      return sum(product(x, input), product(times(h, m), u), b);
    });
    const [f, i, o, g] = gates.map((of, at) => (at < 3 ? sigmoid(of) : tanh(of))) as [Vector, Vector, Vector, Vector];
    const memory = each((f, c, i, g) => f * c + i * g, f, c, i, g);
    return [each((o, c) => o * Math.tanh(c), o, memory), memory] as [Vector, Vector];
  },
  gru(w: LayerTensors, x: Vector, [h, c]: [Vector, Vector], m: Vector) {
    const of = (at: number, from: Vector): Vector => {
      const { w: input, u, b } = gate(w, at, 3);
      return sum(product(x, input), product(times(from, m), u), b);
    };
    const [z, r] = [sigmoid(of(0, h)), sigmoid(of(1, h))];
    const n = tanh(of(2, times(r, h)));
    return [each((z, h, n) => (1 - z) * h + z * n, z, h, n), c] as [Vector, Vector];
  },
};

for (const cell of [lstm, gru])
  test.serial(
    `${cell.name}: masks multiply the embedding, tokens, the state where it meets a matrix, recurrent weights, outputs`,
    (t) =>
      scoped(() => {
        const one = {
          model: { cell, embeddingSize: 5, hiddenSize: 4, bias: true },
          vocabulary: 6,
          lengths: [5, 3],
          dropout: 'everywhere',
        } as const;
        const network = networkOfCase(one);
        const sequences = sequencesOfCase(one);
        const { dropout = {}, layers } = network;
        const numbers = (tensor: { shape: number[]; dataSync(): ArrayLike<number> } | undefined) => ({
          shape: [...(tensor?.shape ?? [])],
          data: Float64Array.from(tensor?.dataSync() ?? []),
        });
        const weights = Object.fromEntries(
          Object.entries(layers[0]?.weights ?? {}).map(([name, weight]) => [name, numbers(weight)]),
        );
        const recurrent = weights['recurrentWeights'] ?? t.fail();
        const ofWeights = dropout.recurrentWeights?.(0, 'recurrentWeights', recurrent.shape) ?? t.fail();
        recurrent.data.forEach((value, at) => {
          recurrent.data[at] = value * (ofWeights[at] ?? NaN);
        });
        const [table, projection, bias] = [network.embedding, network.projection, network.projectionBias].map(numbers);
        const rowOf = (values: ArrayLike<number> | undefined, row: number, width: number): Vector =>
          Float64Array.from({ length: width }, (_, at) => values?.[row * width + at] ?? NaN);
        const masks = { state: dropout.state?.(0, 4), outputs: dropout.outputs?.(0) };
        let loss = 0;
        for (const sequence of [0, 1]) {
          let state: [Vector, Vector] = [new Float64Array(4), new Float64Array(4)];
          for (let time = 0; time < 5; time++) {
            const row = 2 * time + sequence;
            const id = sequences.inputs[row] ?? NaN;
            const embedded = rowOf(table?.data, id, 5).map((value) => value * (dropout.embedding?.[id] ?? NaN));
            const x = times(embedded, rowOf(dropout.input, row, 5));
            state = STEPS[cell.name as 'lstm'](weights as never, x, state, rowOf(masks.state, sequence, 4));
            const output = times(state[0], rowOf(masks.outputs, row, 4));
            const matrix = { data: projection?.data ?? t.fail(), rows: 4, columns: 6, stride: 6, offset: 0 };
            const logits = sum(product(output, matrix), bias?.data);
            const all = Math.log(logits.reduce((total, logit) => total + Math.exp(logit), 0));
            loss += (sequences.mask[row] ?? 0) * (all - (logits[sequences.targets[row] ?? NaN] ?? NaN));
          }
        }
        isClose(t, [lossOfSequences(new ArraysEngine(), network, sequences, false).loss], [loss], 1e-6);
      }),
  );

for (const cell of [lstm, gru])
  for (const tieWeights of [false, true])
    test.serial(
      `${cell.name}${tieWeights ? ', tied' : ''}: with the masks fixed, gradients are the slopes of the loss`,
      (t) =>
        scoped(() => {
          const model = { cell, layers: 2, embeddingSize: 4, hiddenSize: 4, tieWeights, bias: true } as const;
          const one = { model, vocabulary: 6, lengths: [5, 3, 4], dropout: 'everywhere' } as const;
          const network = networkOfCase(one);
          const sequences = sequencesOfCase(one);
          const engine = new ArraysEngine();
          const { gradients } = lossOfSequences(engine, network, sequences, true);
          const ofTensors = gradientsInOrder(network, gradients ?? t.fail());
          for (const [place, tensor] of tensorsInOrder(network).entries()) {
            const { normal } = random(9, `direction ${place}`);
            const direction = Float32Array.from({ length: tensor.size }, (_, at) => normal(at));
            const expected = engine
              .numbers(ofTensors[place] ?? t.fail())
              .reduce((total, slope, at) => total + slope * (direction[at] ?? NaN), 0);
            const step = 2 ** -7;
            const lossAt = (by: number): number => {
              const moved = tf.tensor(
                tensor.dataSync().map((value, at) => value + by * (direction[at] ?? NaN)),
                tensor.shape,
              );
              return lossOfSequences(engine, withTensor(network, place, moved), sequences, false).loss;
            };
            const slope = (8 * (lossAt(step) - lossAt(-step)) - (lossAt(2 * step) - lossAt(-2 * step))) / (12 * step);
            t.true(
              Math.abs(slope - expected) < 2e-3 * Math.max(1, Math.abs(expected)),
              `${place}: ${expected}, slope ${slope}`,
            );
          }
        }),
    );

/** The network with another tensor in place of the one at a place of `tensorsInOrder`. */
function withTensor(network: Network, place: number, tensor: ReturnType<typeof tf.tensor>): Network {
  const old = tensorsInOrder(network)[place];
  const swap = <T>(value: T): T => ((value as unknown) === old ? (tensor as unknown as T) : value);
  const each = <T>(named: Readonly<Record<string, T>>): Record<string, T> =>
    Object.fromEntries(Object.entries(named).map(([name, value]) => [name, swap(value)]));
  return {
    ...network,
    embedding: swap(network.embedding),
    projection: swap(network.projection),
    projectionBias: swap(network.projectionBias),
    layers: network.layers.map(({ plan, weights, initial }) => ({
      plan,
      weights: each(weights),
      initial: each(initial),
    })),
  };
}

const config = modelConfig({
  cell: 'gru',
  embeddingSize: 3,
  hiddenSize: 8,
  dropout: { input: 0.5, output: 0.5, state: 0.5, embedding: 0.5, recurrentWeights: 0.5, perSequence: true },
});
const place = { epoch: 1, index: 2 };

test('per sequence, all time steps of a sequence have its mask, and sequences have different ones', (t) => {
  const { input = new Float32Array(0), outputs } = networkDropout(config, 5, { size: 4, length: 3 }, place) ?? t.fail();
  for (const [mask, width] of [
    [input, 3],
    [outputs?.(0) ?? t.fail(), 8],
  ] as const) {
    t.is(mask.length, 3 * 4 * width);
    for (const time of [1, 2])
      t.deepEqual(mask.slice(time * 4 * width, (time + 1) * 4 * width), mask.slice(0, 4 * width));
  }
  const rows = [0, 1, 2, 3].map((row) =>
    outputs?.(0)
      .slice(8 * row, 8 * row + 8)
      .join(),
  );
  t.is(new Set(rows).size, 4);
});

test('a part of a batch has its sequences’ masks, and the masks of weights and embedding that the whole has', (t) => {
  const [whole, part] = [place, { ...place, part: { sequences: Int32Array.of(3, 1), size: 4 } }].map(
    (at, which) => networkDropout(config, 5, { size: which === 0 ? 4 : 2, length: 3 }, at) ?? t.fail(),
  );
  const rowsOf = (mask: Float32Array | undefined, width: number, ...rows: number[]) =>
    rows.flatMap((row) => [...(mask ?? t.fail()).subarray(row * width, (row + 1) * width)]);
  t.deepEqual(rowsOf(part?.state?.(0, 8), 8, 0, 1), rowsOf(whole?.state?.(0, 8), 8, 3, 1));
  t.deepEqual(rowsOf(part?.outputs?.(0), 8, 0, 1, 2, 3), rowsOf(whole?.outputs?.(0), 8, 3, 1, 7, 5));
  t.deepEqual(part?.embedding, whole?.embedding);
  const ofWeights = ['recurrentWeights', [8, 24]] as const;
  t.deepEqual(part?.recurrentWeights?.(0, ...ofWeights), whole?.recurrentWeights?.(0, ...ofWeights));
  t.is(new Set(whole?.recurrentWeights?.(0, ...ofWeights)).size, 2);
});

test('the masks of outputs are those of before there were places', (t) => {
  const plain = modelConfig({ cell: 'gru', dropout: 0.5, hiddenSize: 8 });
  const masks = networkDropout(plain, 5, { size: 4, length: 3 }, place) ?? t.fail();
  t.deepEqual(masks.outputs?.(1), dropoutMask([12, 8], 0.5, 1, place, 1));
  t.deepEqual(Object.keys(masks), ['outputs']);
  t.is(networkDropout(modelConfig({ cell: 'gru' }), 5, { size: 4, length: 3 }, place), undefined);
});

test('what says no more than a number is that number; what cannot be is refused', (t) => {
  const of = (dropout: object | number) => modelConfig({ cell: 'gru', dropout } as never).dropout;
  t.is(of({ output: 0.5, state: 0 }), 0.5);
  t.deepEqual(of({ state: 0.25 }), {
    input: 0,
    output: 0,
    state: 0.25,
    embedding: 0,
    recurrentWeights: 0,
    perSequence: false,
  });
  for (const wrong of [{ outputs: 0.5 }, { state: 1 }, { input: -1 }, { perSequence: 1 }, [], null])
    t.throws(() => of(wrong as never), { instanceOf: InvalidArgumentError }, JSON.stringify(wrong));
});

test('a cell whose state meets no matrix has nothing to drop there', (t) => {
  const sizes = { input: 2, hidden: 3, bias: true };
  t.deepEqual(
    [lstm, gru, indRnn].map((cell) => recurrentWeights(cell.trace(sizes))),
    [['recurrentWeights'], ['recurrentWeights'], []],
  );
  for (const dropout of [{ state: 0.5 }, { recurrentWeights: 0.5 }])
    t.throws(() => modelConfig({ cell: indRnn, dropout }), { instanceOf: InvalidArgumentError, message: /indRnn/ });
});
