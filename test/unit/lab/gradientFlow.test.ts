import { readFileSync } from 'node:fs';
import test, { type ExecutionContext } from 'ava';
import { InvalidArgumentError, NonFiniteError } from '../../../src/errors.js';
import { drawEndPoints } from '../../../src/lab/flow/drawEndPoints.js';
import { estimateFlow } from '../../../src/lab/flow/estimateFlow.js';
import type { StateFlow } from '../../../src/lab/flow/FlowMeans.js';
import { ModelTrajectory } from '../../../src/lab/flow/ModelTrajectory.js';
import { type GradientFlowOptions, gradientFlow } from '../../../src/lab/gradientFlow.js';
import { type BackendName, useBackend } from '../../../src/model/backend.js';
import type { LanguageModel } from '../../../src/model/LanguageModel.js';
import type { Batch } from '../../../src/pipeline/Batch.js';
import { random } from '../../../src/random.js';
import { tf } from '../../../src/tf.js';
import { readLanguageModelFixture } from '../../reference/fixtures.js';
import { type ReferenceFlow, referenceFlow } from '../../reference/flow.js';
import type { ReferenceConfig } from '../../reference/languageModel.js';
import { referenceBatch, referenceWeights } from '../../reference/weights.js';
import { CELLS, minimalGru } from '../../support/cells.js';
import { isClose } from '../../support/closeness.js';
import { cells, modelOf, setWeight, smallModel, variableOf, variantsOf } from '../../support/languageModels.js';
import { leftBehind, nothing } from '../../support/memory.js';
import { ODD_CELLS } from '../../support/oddCells.js';
import { fixtureAt } from '../../support/places.js';
import { everyFifth, sweep, sweepOf } from '../../support/sweeps.js';
import { exactProbes } from './flow/exactProbes.js';
import '../../support/ownProcess.js';

const native = (await useBackend()) === 'tensorflow';
const backends: BackendName[] = native ? ['tensorflow', 'wasm', 'cpu'] : ['wasm', 'cpu'];

/** The flow of a model without anything left to chance. */
async function exactFlow(model: LanguageModel, batch: Batch): Promise<StateFlow[]> {
  const trajectory = new ModelTrajectory(model, batch);
  const endPoints = drawEndPoints(batch, Infinity, 1);
  const probes = exactProbes(model.config.hiddenSize);
  const flow = await estimateFlow(trajectory, batch, { endPoints, probes, maxDistance: 100 });
  trajectory.dispose();
  return flow;
}

function isReference(t: ExecutionContext, flow: readonly StateFlow[], expected: readonly ReferenceFlow[]): void {
  t.deepEqual(
    flow.map(({ pairs }) => pairs),
    expected.map(({ pairs }) => pairs),
  );
  for (const [k, { blocks, loss }] of expected.entries()) {
    const actual = flow[k];
    const squares = actual?.blocks.map(({ norm }) => norm ** 2) ?? [];
    isClose(t, squares, blocks, 1e-4, `the blocks at ${k}`);
    isClose(t, [(actual?.state.norm ?? NaN) ** 2], [blocks.reduce((a, b) => a + b)], 1e-4, `the state at ${k}`);
    isClose(t, [(actual?.loss.norm ?? NaN) ** 2], [loss], 1e-4, `the loss at ${k}`);
  }
}

// ── Jacobians ──

for (const cell of cells)
  test.serial(`${cell}: with a probe for each number, every block is that of float64 finite differences`, async (t) => {
    await useBackend();
    for (const [, config, options] of sweep(variantsOf(cell), everyFifth)) {
      const weights = referenceWeights(config, options);
      const batch = referenceBatch(config, [5, 1, 4, 2]);
      const model = modelOf(config, weights);
      isReference(t, await exactFlow(model, batch), referenceFlow(config, weights, batch));
      model.dispose();
    }
  });

for (const cell of ['rnn', 'lstm', 'gru'] as const)
  test.serial(`${cell}: with a probe for each number, every block is that of PyTorch's autograd`, async (t) => {
    await useBackend();
    const { config, weights, batch } = readLanguageModelFixture(cell);
    const model = modelOf(config, weights);
    const flow = await exactFlow(model, batch);
    const expected = torchFlow(cell);
    isReference(
      t,
      flow,
      expected.map(({ pairs, blocks, loss }) => ({ pairs, loss, blocks: blocks.map(({ square }) => square) })),
    );
    t.deepEqual(
      flow[0]?.blocks.map(({ of, by }) => ({ of, by })),
      expected[0]?.blocks.map(({ of, by }) => ({ of, by })),
    );
    model.dispose();
  });

interface TorchFlow {
  pairs: number;
  blocks: { of: string; by: string; square: number }[];
  loss: number;
}

function torchFlow(cell: 'rnn' | 'lstm' | 'gru'): TorchFlow[] {
  const file = fixtureAt('torch/flow.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as Record<string, TorchFlow[]>)[cell] ?? [];
}

test.serial('a state of no layer depends on one of a layer above', async (t) => {
  await useBackend();
  const model = smallModel({ cell: 'lstm', layers: 2 });
  const flow = await gradientFlow(model, referenceBatch(small, [6, 6, 5]));
  const upward = flow.flatMap(({ blocks }) =>
    blocks.filter(({ of, by }) => of.startsWith('layers.0') && by.startsWith('layers.1')),
  );
  t.is(upward.length, 4 * flow.length);
  t.true(upward.every(({ norm }) => norm === 0));
  model.dispose();
});

// ── Estimates ──

const small: ReferenceConfig = {
  cell: 'gru',
  vocabularySize: 7,
  embeddingSize: 3,
  hiddenSize: 4,
  layers: 1,
  eosId: 1,
};

/** Lengths of many sequences, from 3 to 9. */
function lengthsOf(count: number, seed: number): number[] {
  const { integer } = random(seed, 'lengths');
  return Array.from({ length: count }, (_, position) => 3 + integer(position, 7));
}

for (const cell of cells)
  test.serial(`${cell}: some end points and random signs miss the exact norms by a few standard errors`, async (t) => {
    await useBackend();
    const [, config, options] = variantsOf(cell)[0] ?? [];
    if (!config) return t.fail();
    const model = modelOf(config, referenceWeights(config, options));
    const batch = referenceBatch(config, lengthsOf(60, 1));
    const exact = await exactFlow(model, batch);
    const flow = await gradientFlow(model, batch, { endPoints: 200 });
    for (const [k, { pairs, state, blocks, loss }] of flow.entries()) {
      if (pairs < 30) continue;
      const estimates = [state, loss, ...blocks];
      const truths = [exact[k]?.state, exact[k]?.loss, ...(exact[k]?.blocks ?? [])];
      for (const [place, { norm, standardError }] of estimates.entries()) {
        const miss = Math.abs(norm - (truths[place]?.norm ?? NaN));
        t.true(miss <= 4 * standardError + 1e-6, `estimate ${place} at ${k}: ${miss}, error ${standardError}`);
      }
    }
    model.dispose();
  });

test.serial('over batches of other sentences, estimates spread as their standard errors say', async (t) => {
  await useBackend();
  const model = modelOf(small, referenceWeights(small));
  const runs: StateFlow[][] = [];
  // Of fewer batches, the spread itself is known less well.
  const slack = sweepOf(1.33, 2.2);
  for (let seed = 1; seed <= sweepOf(60, 12); seed++) {
    const batch = referenceBatch(small, lengthsOf(30, seed), seed);
    runs.push(await gradientFlow(model, batch, { endPoints: 60, seed, maxDistance: 3 }));
  }
  for (const k of [1, 2, 3])
    for (const of of ['state', 'loss'] as const) {
      const norms = runs.map((flow) => flow[k]?.[of].norm ?? NaN);
      const mean = norms.reduce((a, b) => a + b) / norms.length;
      const spread = Math.sqrt(norms.reduce((sum, norm) => sum + (norm - mean) ** 2, 0) / (norms.length - 1));
      const errors = runs.map((flow) => flow[k]?.[of].standardError ?? NaN);
      const said = Math.sqrt(errors.reduce((sum, error) => sum + error ** 2, 0) / errors.length);
      t.true(said / spread > 1 / slack && said / spread < slack, `${of} at ${k}: said ${said}, spread ${spread}`);
    }
  model.dispose();
});

test.serial('a simple RNN that stays at 0 is linear: its flow is that of the powers of its weights', async (t) => {
  await useBackend();
  const model = smallModel({ cell: 'rnn', hiddenSize: 16 });
  setWeight(model, 'embedding', new Float32Array(variableOf(model, 'embedding').size));
  const flow = await gradientFlow(model, referenceBatch(small, new Array<number>(50).fill(12)), { probes: 4 });
  for (const { distance, pairs, state, recurrentPowers } of flow) {
    const [power] = recurrentPowers;
    if (!power) return t.fail();
    if (pairs < 100) continue;
    const miss = Math.abs(state.norm - Math.sqrt(power.squaredNorm));
    t.true(miss <= 4 * state.standardError + 1e-5 * state.norm, `at ${distance}`);
    if (distance > 0) t.true(power.squaredEigenvalues < power.squaredNorm, `at ${distance}`);
  }
  t.is(flow.length, 12);
  model.dispose();
});

test.serial('a simple RNN has powers for each layer, other cells have none', async (t) => {
  await useBackend();
  const batch = referenceBatch(small, [4, 4]);
  for (const [cell, layers, expected] of [
    ['rnn', 2, 2],
    ['gru', 1, 0],
    ['lstm', 1, 0],
  ] as const) {
    const model = smallModel({ cell, layers });
    const flow = await gradientFlow(model, batch);
    t.true(flow.every(({ recurrentPowers }) => recurrentPowers.length === expected));
    model.dispose();
  }
});

test.serial('a cell of one’s own that is called rnn has flow, and no powers', async (t) => {
  await useBackend();
  const model = smallModel({ cell: { ...minimalGru, name: 'rnn' } });
  const flow = await gradientFlow(model, referenceBatch(small, [4, 4]));
  t.true(flow.every(({ state, recurrentPowers }) => state.norm > 0 && recurrentPowers.length === 0));
  model.dispose();
});

for (const backend of backends)
  test.serial(`${backend}: any cell has a flow, which ends at distance 0 where nothing reaches further`, async (t) => {
    await useBackend(backend);
    for (const cell of sweep(ODD_CELLS, (_, index) => backend === backends[0] || index % 3 === 0)) {
      const left = await leftBehind(async () => {
        const model = smallModel({ cell, layers: 2, embeddingSize: 4, hiddenSize: 4 });
        const flow = await gradientFlow(model, referenceBatch(small, [4, 3]));
        t.is(flow.length, 4, cell.name);
        for (const { state, loss } of flow.slice(1)) {
          if (cell.name === 'withoutState') t.deepEqual([state.norm, loss.norm], [0, 0]);
          t.true(Number.isFinite(state.norm) && Number.isFinite(loss.norm), cell.name);
        }
        model.dispose();
      });
      t.deepEqual(left, nothing, cell.name);
    }
  });

// ── Positions ──

async function flowOf(batch: Batch, options?: GradientFlowOptions): Promise<StateFlow[]> {
  const model = modelOf(small, referenceWeights(small));
  const flow = await gradientFlow(model, batch, options);
  model.dispose();
  return flow;
}

test.serial('pairs lie inside sequences: a sequence of n tokens has n − k', async (t) => {
  await useBackend();
  const flow = await flowOf(referenceBatch(small, [5, 1, 3, 2]));
  t.deepEqual(
    flow.map(({ distance, pairs, sequences }) => [distance, pairs, sequences]),
    [
      [0, 11, 4],
      [1, 7, 3],
      [2, 4, 2],
      [3, 2, 1],
      [4, 1, 1],
    ],
  );
});

test.serial('a state whose parts have other sizes than the output has blocks whose squares add up', async (t) => {
  await useBackend();
  const { cell } = { cell: CELLS.find(({ name }) => name === 'windowed') ?? t.fail() };
  const model = smallModel({ cell, layers: 2 });
  const flow = await gradientFlow(model, referenceBatch(small, [5, 4, 3, 2]));
  model.dispose();
  // before and slow of the cell, and the output, which is none of them; of two layers.
  t.is(flow[1]?.blocks.length, 6 ** 2);
  for (const { state, blocks, loss } of flow) {
    const squares = blocks.reduce((sum, { norm }) => sum + norm ** 2, 0);
    isClose(t, [Math.sqrt(squares)], [state.norm], 1e-5);
    t.true(Number.isFinite(loss.norm));
  }
});

test.serial('distances end at maxDistance', async (t) => {
  await useBackend();
  const batch = referenceBatch(small, [5, 1, 3, 2]);
  const some = await flowOf(batch, { maxDistance: 2 });
  const first = (await flowOf(batch)).slice(0, 3);
  t.deepEqual(
    some.map(({ distance, pairs }) => [distance, pairs]),
    first.map(({ distance, pairs }) => [distance, pairs]),
  );
  // Products of other shapes round otherwise on some processors.
  const norms = (flow: typeof some): number[] => flow.flatMap(({ state, loss }) => [state.norm, loss.norm]);
  isClose(t, norms(some), norms(first), 1e-6);
  t.is((await flowOf(batch, { maxDistance: 0 })).length, 1);
});

test.serial('at distance 0 the state is itself: the norm is the root of its size', async (t) => {
  await useBackend();
  const [atZero] = await flowOf(referenceBatch(small, [3, 3]));
  t.deepEqual(atZero?.state, { norm: 2, standardError: 0 });
});

test.serial('whatever ids the padding has, and however long it is, the flow keeps every bit', async (t) => {
  await useBackend();
  const batch = referenceBatch(small, [5, 1, 3, 2]);
  const expected = await flowOf(batch);
  const ids = batch.ids.map((id, place) => (batch.mask[place] === 1 ? id : 3 + (place % 4)));
  t.deepEqual(await flowOf({ ...batch, ids }), expected);
  const longer = {
    ...batch,
    length: 8,
    ids: Int32Array.from([...batch.ids, ...new Int32Array(12)]),
    mask: Float32Array.from([...batch.mask, ...new Float32Array(12)]),
  };
  t.deepEqual(await flowOf(longer), expected);
});

test.serial('a batch of one time step has distance 0 alone', async (t) => {
  await useBackend();
  const flow = await flowOf(referenceBatch(small, [1, 1]));
  t.deepEqual(
    flow.map(({ distance, pairs }) => [distance, pairs]),
    [[0, 2]],
  );
});

// ── Determinism ──

test.serial('the same seed gives the same bits, another seed others', async (t) => {
  await useBackend();
  const batch = referenceBatch(small, lengthsOf(20, 1));
  const options = { endPoints: 30 };
  t.deepEqual(await flowOf(batch, options), await flowOf(batch, { ...options, seed: 1 }));
  t.notDeepEqual(await flowOf(batch, options), await flowOf(batch, { ...options, seed: 2 }));
});

test.serial('a model that learns meanwhile is measured as it was at the call', async (t) => {
  await useBackend();
  const model = modelOf(small, referenceWeights(small));
  const batch = referenceBatch(small, lengthsOf(20, 1));
  const expected = await gradientFlow(model, batch);
  const measuring = gradientFlow(model, batch);
  for (const name of Object.keys(model.weights)) setWeight(model, name, new Float32Array(variableOf(model, name).size));
  t.deepEqual(await measuring, expected);
  model.dispose();
});

for (const backend of backends)
  for (const cell of sweep(cells, (cell) => cell === 'lstm' || (cell === 'rnn' && backend === backends[0])))
    test.serial(
      `${backend}: ${cell}: the flow is that of plain JavaScript up to rounding, and nothing leaks`,
      async (t) => {
        const batch = referenceBatch(small, [6, 2, 4]);
        const measure = async (name: BackendName): Promise<number[]> => {
          await useBackend(name);
          const model = smallModel({ cell, layers: 2 });
          let numbers: number[] = [];
          const left = await leftBehind(async () => {
            const flow = await gradientFlow(model, batch);
            numbers = flow.flatMap(({ state, loss, blocks, recurrentPowers }) => [
              ...[state, loss, ...blocks].map(({ norm }) => norm),
              ...recurrentPowers.map(({ squaredNorm }) => Math.sqrt(squaredNorm)),
            ]);
          });
          t.deepEqual(left, nothing);
          model.dispose();
          return numbers;
        };
        isClose(t, await measure(backend), await measure('cpu'), 1e-5);
      },
    );

// ── What is refused ──

const refused: [keyof GradientFlowOptions, number, string][] = [
  ['maxDistance', -1, 'Expected maxDistance to be an integer of at least 0, got -1 (number)'],
  ['maxDistance', 2.5, 'Expected maxDistance to be an integer of at least 0, got 2.5 (number)'],
  ['endPoints', 0, 'Expected endPoints to be an integer of at least 1, got 0 (number)'],
  ['probes', NaN, 'Expected probes to be an integer of at least 1, got NaN (number)'],
  ['seed', 0.5, 'Expected seed to be an integer that is finite, got 0.5 (number)'],
];

for (const [name, value, message] of refused)
  test.serial(`${name}: ${value} is an InvalidArgumentError`, async (t) => {
    await useBackend();
    await t.throwsAsync(flowOf(referenceBatch(small, [2]), { [name]: value }), {
      instanceOf: InvalidArgumentError,
      message,
    });
  });

test.serial(
  'a batch that is not for the model, or without tokens, is an InvalidArgumentError and leaves nothing',
  async (t) => {
    await useBackend();
    const model = smallModel({ cell: 'lstm' });
    const batch = referenceBatch(small, [3, 2]);
    const left = await leftBehind(async () => {
      await t.throwsAsync(gradientFlow(model, { ...batch, ids: batch.ids.map(() => 99) }), {
        instanceOf: InvalidArgumentError,
        message: /^Expected ids from 0 to 6, got 99/,
      });
      await t.throwsAsync(gradientFlow(model, { ...batch, mask: batch.mask.map(() => 0) }), {
        instanceOf: InvalidArgumentError,
        message: 'Expected a batch with tokens, got one without',
      });
    });
    t.deepEqual(left, nothing);
    model.dispose();
  },
);

test.serial('weights that are not finite are a NonFiniteError that leaves nothing', async (t) => {
  await useBackend();
  const model = smallModel({ cell: 'rnn' });
  setWeight(model, 'layers.0.recurrentWeights', new Float32Array(16).fill(NaN));
  const left = await leftBehind(() =>
    t.throwsAsync(gradientFlow(model, referenceBatch(small, [3, 2])), {
      instanceOf: NonFiniteError,
      message: /^Expected finite gradients at distance 0, got NaN/,
    }),
  );
  t.deepEqual(left, nothing);
  model.dispose();
});

test.serial('gradients that grow beyond float32 are a NonFiniteError that names the distance', async (t) => {
  await useBackend();
  const model = smallModel({ cell: 'rnn' });
  setWeight(model, 'embedding', new Float32Array(variableOf(model, 'embedding').size));
  setWeight(
    model,
    'layers.0.recurrentWeights',
    Float32Array.from({ length: 16 }, (_, place) => (place % 5 ? 0 : 1e6)),
  );
  await t.throwsAsync(gradientFlow(model, referenceBatch(small, [9])), {
    instanceOf: NonFiniteError,
    message: /^Expected finite gradients at distance 7, got Infinity.* a smaller maxDistance helps$/,
  });
  model.dispose();
});

test.serial('timers run while it computes', async (t) => {
  await useBackend();
  const model = smallModel({ cell: 'lstm', hiddenSize: 64 });
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  await gradientFlow(model, referenceBatch(small, new Array<number>(20).fill(60)));
  clearInterval(timer);
  t.true(turns > 0);
  model.dispose();
});

test.after.always(() => tf.disposeVariables());
