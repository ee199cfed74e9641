import test, { type ExecutionContext } from 'ava';
import type { Cell } from '../../src/cells/cell.js';
import { rnn } from '../../src/cells/rnn.js';
import { type BackendName, useBackend } from '../../src/model/backend.js';
import type { ModelOptions } from '../../src/model/ModelConfig.js';
import { lossChunkRows } from '../../src/model/network/maskedLoss.js';
import { TfjsEngine } from '../../src/model/network/TfjsEngine.js';
import { CELLS, VARIED_CELLS } from '../support/cells.js';
import { isClose } from '../support/closeness.js';
import fc from '../support/fastCheck.js';
import { BACKENDS, nativeEngine } from '../support/interpreters.js';
import { scoped } from '../support/memory.js';
import {
  everythingInFloat64,
  everythingOf,
  type NetworkCase,
  type Numbers,
  networkOfCase,
  sequencesOfCase,
} from '../support/networks.js';
import { ODD_CELLS } from '../support/oddCells.js';
import { sweep, sweepOf } from '../support/sweeps.js';
import '../support/ownProcess.js';

// TensorFlow's graphs and plain tfjs on every backend against float64.

interface TestedEngine {
  readonly name: string;
  readonly backend: BackendName;
  compute(one: NetworkCase): Numbers;
}

const ENGINES: readonly TestedEngine[] = [
  ...(BACKENDS.includes('tensorflow')
    ? [
        {
          name: "TensorFlow's graphs",
          backend: 'tensorflow',
          compute: (one) => everythingOf(nativeEngine(), networkOfCase(one), sequencesOfCase(one)),
        } satisfies TestedEngine,
      ]
    : []),
  ...BACKENDS.map(
    (backend): TestedEngine => ({
      name: `tfjs on ${backend}`,
      backend,
      compute: (one) => everythingOf(new TfjsEngine(), networkOfCase(one), sequencesOfCase(one)),
    }),
  ),
];

/** Of a tensor's largest magnitude: what float32 rounds in a stack of blocks, whose norms divide by little. */
const TOLERANCE = 5e-5;

/** Cells whose plans differ most of all. */
const MOST_VARIED = ['lstm', 'sru', 'everything'];
/** The graphs compute every cell; tfjs, those that differ most, on one backend: others are the same program over other kernels. */
const cellsOn = ({ name, backend }: TestedEngine): readonly Cell[] =>
  sweep(
    CELLS,
    (cell) =>
      !name.startsWith('tfjs') ||
      (backend === 'wasm' ? VARIED_CELLS.includes(cell) : ['lstm', 'sru'].includes(cell.name)),
  );

const expectations = new Map<string, Numbers>();

function agree(t: ExecutionContext, { compute }: TestedEngine, one: NetworkCase): void {
  const cell = typeof one.model.cell === 'string' ? one.model.cell : one.model.cell.name;
  const what = JSON.stringify({ ...one, model: { ...one.model, cell } });
  scoped(() => {
    const expected = expectations.get(what) ?? everythingInFloat64(networkOfCase(one), sequencesOfCase(one));
    expectations.set(what, expected);
    const actual = compute(one);
    t.deepEqual(Object.keys(actual), Object.keys(expected), what);
    for (const [name, values] of Object.entries(expected))
      isClose(t, actual[name] ?? [], values, TOLERANCE, `${what}: ${name}`);
  });
}

const SHAPES: Readonly<Record<string, Omit<NetworkCase, 'model'> & { readonly model?: Partial<ModelOptions> }>> = {
  'one token': { vocabulary: 5, lengths: [1] },
  'one time step': { vocabulary: 5, lengths: [1, 1, 1, 1, 1, 1] },
  'a small vocabulary, masks of different lengths': { vocabulary: 5, lengths: [7, 1, 4, 7, 2] },
  'more tokens in the vocabulary than in the batch, two layers': {
    model: { layers: 2, bias: true },
    vocabulary: 50,
    lengths: [6, 2, 3],
  },
  'chunks of 16, 4 and 1 time steps, tied': {
    model: { embeddingSize: 10, tieWeights: true, bias: false },
    vocabulary: 7,
    lengths: [21, 17, 2],
  },
  'rows that go on from a state, and rows that begin': {
    model: { layers: 2, initialState: 'learned' },
    ...{ vocabulary: 7, lengths: [9, 9, 9, 6], carried: true },
    objective: { labelSmoothing: 0.2, pastDecode: 0.5 },
  },
  'two layers with learned initial states, dropout and zoneout, no biases': {
    model: { layers: 2, initialState: 'learned', bias: false },
    vocabulary: 7,
    lengths: [17, 5, 20],
    dropout: 'everywhere',
    zoned: true,
  },
};

for (const engine of ENGINES)
  for (const cell of cellsOn(engine))
    test.serial(`${engine.name}, ${cell.name}: loss, gradients and gates are those in float64`, async (t) => {
      await useBackend(engine.backend);
      // Of cells that differ less from these, two layers are enough.
      const shapes = sweep(
        Object.values(SHAPES).filter(({ model }) => VARIED_CELLS.includes(cell) || model?.layers === 2),
        ({ model }) => MOST_VARIED.includes(cell.name) || model?.layers === 2,
      );
      for (const { model, ...rest } of shapes)
        agree(t, engine, { model: { embeddingSize: 6, hiddenSize: 10, ...model, cell }, ...rest });
    });

for (const engine of ENGINES)
  test.serial(
    `${engine.name}: whatever the model and the lengths, loss, gradients and gates are those in float64`,
    async (t) => {
      await useBackend(engine.backend);
      const model = fc.record({
        cell: fc.constantFrom(...CELLS),
        layers: fc.integer({ min: 1, max: 3 }),
        bias: fc.boolean(),
        tieWeights: fc.boolean(),
        hiddenSize: fc.integer({ min: 1, max: 9 }),
        initialState: fc.constantFrom('zero' as const, 'learned' as const),
      });
      const cases = fc.record({
        model: model.map((options) => ({ ...options, embeddingSize: options.hiddenSize })),
        vocabulary: fc.integer({ min: 1, max: 40 }),
        lengths: fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 }),
        dropout: fc.constantFrom(false, true, 'everywhere' as const),
        carried: fc.boolean(),
        zoned: fc.boolean(),
        objective: fc.record({ labelSmoothing: fc.constantFrom(0, 0.3), pastDecode: fc.constantFrom(0, 0.7) }),
      });
      fc.assert(
        fc.property(cases, (one) => agree(t, engine, one)),
        { numRuns: sweepOf(8, 4), seed: 2 },
      );
    },
  );

for (const engine of ENGINES)
  test.serial(`${engine.name}: cells that lack something, or have it twice, are computed as in float64`, async (t) => {
    await useBackend(engine.backend);
    for (const cell of sweep(ODD_CELLS, (_, index) => !engine.name.startsWith('tfjs') || index % 3 === 0))
      for (const layers of sweep([1, 2], (count) => count === 2))
        for (const [vocabulary, lengths] of [
          [4, [6, 3]],
          [30, [5, 2]],
        ] as const)
          agree(t, engine, {
            model: { cell, layers, embeddingSize: 6, hiddenSize: 6, initialState: 'learned' },
            ...{ vocabulary, lengths },
          });
  });

// In samples, test/unit/model/network/maskedLoss.test.ts has chunks of few rows instead. Plain JavaScript would take half a minute.
for (const engine of sweep(ENGINES, () => false).filter(({ backend }) => backend !== 'cpu'))
  test.serial(`${engine.name}: a vocabulary of 9,000 is worked through in chunks of rows`, async (t) => {
    await useBackend(engine.backend);
    const lengths = Array.from({ length: 20 }, (_, at) => 15 - (at % 4));
    t.true(20 * 15 > lossChunkRows(9000));
    for (const tieWeights of [false, true])
      agree(t, engine, {
        model: { cell: rnn, embeddingSize: 4, hiddenSize: 4, tieWeights },
        ...{ vocabulary: 9000, lengths },
      });
  });
