import test from 'ava';
import { block } from '../../../../src/cells/block.js';
import { gru } from '../../../../src/cells/gru.js';
import { indRnn } from '../../../../src/cells/indRnn.js';
import { lstm } from '../../../../src/cells/lstm.js';
import { InvalidArgumentError } from '../../../../src/errors.js';
import { maskedState, recurrentWeights } from '../../../../src/graph/maskedState.js';
import '../../../support/backend.js';
import { dropoutMask } from '../../../../src/model/dropoutMask.js';
import { modelConfig } from '../../../../src/model/ModelConfig.js';
import type { Network } from '../../../../src/model/network/Network.js';
import { lossOfSequences } from '../../../../src/model/network/sequences.js';
import { networkDropout } from '../../../../src/model/networkDropout.js';
import { each, product, sigmoid, sum, tanh } from '../../../reference/arrays.js';
import { gate, type LayerTensors } from '../../../reference/cell.js';
import { ArraysEngine } from '../../../support/ArraysEngine.js';
import { isClose } from '../../../support/closeness.js';
import { scoped } from '../../../support/memory.js';
import { networkOfCase, sequencesOfCase } from '../../../support/networks.js';
import { areSlopes } from '../../../support/slopes.js';

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
    `${cell.name}: masks multiply the embedding, tokens, the state where it meets a matrix, recurrent weights, outputs, and choose what is new`,
    (t) =>
      scoped(() => {
        const one = {
          model: { cell, embeddingSize: 5, hiddenSize: 4, bias: true },
          vocabulary: 6,
          lengths: [5, 3],
          dropout: 'everywhere',
          zoned: true,
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
            const made = STEPS[cell.name as 'lstm'](weights as never, x, state, rowOf(masks.state, sequence, 4));
            const zoned = ['hidden', 'memory'].map((part, at) => {
              const renewed = rowOf(dropout.renewed?.(0, part, 4), row, 4);
              return each((r, old, one) => (r === 1 ? one : old), renewed, state[at] ?? t.fail(), made[at] ?? t.fail());
            });
            state = zoned as [Vector, Vector];
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
          const one = { model, vocabulary: 6, lengths: [5, 3, 4], dropout: 'everywhere', zoned: true } as const;
          const network = networkOfCase(one);
          const sequences = sequencesOfCase(one);
          const lossOf = (moved: Network): number => lossOfSequences(new ArraysEngine(), moved, sequences, false).loss;
          areSlopes(t, new ArraysEngine(), network, sequences, lossOf);
        }),
    );

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

test('shares rise over epochs, from one part of so many and one, to what they are', (t) => {
  const rising = modelConfig({ cell: 'gru', dropout: { output: 0.5, state: 0.25, risingEpochs: 3 }, hiddenSize: 64 });
  const [size, length] = [32, 50];
  for (const [epoch, output, state] of [
    [0, 0.125, 0.0625],
    [1, 0.25, 0.125],
    [3, 0.5, 0.25],
    [9, 0.5, 0.25],
  ] as const) {
    const masks = networkDropout(rising, 5, { size, length }, { epoch, index: 0 }) ?? t.fail();
    for (const [mask = new Float32Array(0), share] of [
      [masks.outputs?.(0), output],
      [masks.state?.(0, 64), state],
    ] as const) {
      t.deepEqual(
        [...new Set(mask)].sort((a, b) => a - b),
        [0, Math.fround(1 / (1 - share))],
      );
      const dropped = mask.filter((value) => value === 0).length / mask.length;
      // Four standard deviations of a binomial share.
      t.true(Math.abs(dropped - share) < 4 * Math.sqrt((share * (1 - share)) / mask.length), `${epoch}: ${dropped}`);
    }
  }
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
    risingEpochs: 0,
  });
  t.like(of({ output: 0.5, risingEpochs: 4 }), { output: 0.5, risingEpochs: 4 });
  for (const wrong of [
    { outputs: 0.5 },
    { state: 1 },
    { input: -1 },
    { perSequence: 1 },
    { risingEpochs: -1 },
    { risingEpochs: Infinity },
    [],
    null,
  ])
    t.throws(() => of(wrong as never), { instanceOf: InvalidArgumentError }, JSON.stringify(wrong));
});

test('a cell whose state meets no matrix has nothing to drop there', (t) => {
  const sizes = { input: 2, hidden: 3, bias: true };
  t.deepEqual(
    [lstm, gru, indRnn].map((cell) => recurrentWeights(cell.trace(sizes))),
    [['recurrentWeights'], ['recurrentWeights'], []],
  );
  // What the feed-forward part makes of the state goes to the output alone.
  t.deepEqual(
    [block('minGru'), block('gru')].map((cell) => recurrentWeights(cell.trace(sizes))),
    [[], ['recurrentWeights']],
  );
  t.deepEqual(Object.keys(maskedState(block('minGru').trace(sizes)).held ?? {}), []);
  t.deepEqual(Object.keys(maskedState(block('gru').trace(sizes)).held ?? {}), ['mask3']);
  for (const dropout of [{ state: 0.5 }, { recurrentWeights: 0.5 }])
    for (const cell of [indRnn, block('minGru')])
      t.throws(() => modelConfig({ cell, dropout }), {
        instanceOf: InvalidArgumentError,
        message: new RegExp(cell.name),
      });
});

test('zoneout: masks are 0 or 1, others at each time step and for each part and layer, and those of a part of a batch are the whole’s', (t) => {
  const zoned = modelConfig({ cell: 'lstm', hiddenSize: 64, zoneout: { hidden: 0.25, memory: 0.5 } });
  const { renewed, ...others } = networkDropout(zoned, 5, { size: 10, length: 20 }, place) ?? t.fail();
  t.deepEqual(others, {}, 'nothing else is dropped');
  const masks = { hidden: renewed?.(0, 'hidden', 64), memory: renewed?.(0, 'memory', 64) };
  for (const [part, rate] of [
    ['hidden', 0.25],
    ['memory', 0.5],
  ] as const) {
    const mask = masks[part] ?? t.fail();
    t.deepEqual([...new Set(mask)].sort(), [0, 1]);
    const stays = mask.filter((value) => value === 0).length / mask.length;
    // Of 12,800 draws, five standard deviations.
    t.true(Math.abs(stays - rate) < 0.025, `${part}: ${stays}`);
    t.is(new Set(Array.from({ length: 20 }, (_, time) => mask.slice(time * 640, (time + 1) * 640).join())).size, 20);
  }
  t.notDeepEqual(renewed?.(1, 'hidden', 64), masks.hidden);
  const half = { ...place, part: { sequences: Int32Array.of(3, 1), size: 10 } };
  const ofPart = networkDropout(zoned, 5, { size: 2, length: 20 }, half)?.renewed?.(0, 'memory', 64) ?? t.fail();
  const row = (mask: Float32Array | undefined, at: number): number[] => [
    ...(mask ?? t.fail()).slice(at * 64, (at + 1) * 64),
  ];
  t.deepEqual(row(ofPart, 0), row(masks.memory, 3));
  t.deepEqual(row(ofPart, 2 * 7 + 1), row(masks.memory, 10 * 7 + 1));
});
