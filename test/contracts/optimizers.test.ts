import type { Tensor } from '@tensorflow/tfjs';
import test from 'ava';
import { InvalidArgumentError } from '../../src/errors.js';
import { tf } from '../../src/tf.js';
import '../support/backend.js';
import { adam, adamW } from '../../src/training/adam.js';
import { clippingFactor, globalNorm } from '../../src/training/clipping.js';
import { learningRateAt } from '../../src/training/learningRate.js';
import type { Optimizer } from '../../src/training/Optimizer.js';
import { rmsProp } from '../../src/training/rmsProp.js';
import { sgd } from '../../src/training/sgd.js';
import { WeightUpdater } from '../../src/training/WeightUpdater.js';
import type { ReferenceTensors } from '../reference/arrays.js';
import { readOptimizersFixture } from '../reference/fixtures.js';
import { areClose, isClose } from '../support/closeness.js';
import { leftBehind, nativeTensors, nothing, scoped } from '../support/memory.js';
import { testWith } from '../support/testWith.js';

/** Tensors of a reference as tfjs's. */
function tensorsOf(tensors: ReferenceTensors): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, { shape, data }]) => [name, tf.tensor(Float32Array.from(data), [...shape])]),
  );
}

/** The weights after each of the updates, which are scaled by `scale`. */
function updates(
  optimizer: Optimizer,
  initial: ReferenceTensors,
  gradients: readonly ReferenceTensors[],
  scale = 1,
): ReferenceTensors[] {
  return scoped(() => {
    const weights = Object.fromEntries(
      Object.entries(tensorsOf(initial)).map(([name, tensor]) => [name, tf.variable(tensor)]),
    );
    const updater = new WeightUpdater(weights, optimizer);
    const after = gradients.map((step, index) => {
      const rate = learningRateAt(optimizer.learningRate, { step: index, seconds: 0 });
      updater.apply(tensorsOf(step), scale, rate);
      return Object.fromEntries(
        Object.entries(weights).map(([name, variable]) => [
          name,
          { shape: variable.shape, data: Float64Array.from(variable.dataSync()) },
        ]),
      );
    });
    updater.dispose();
    tf.dispose(weights);
    return after;
  });
}

/** The weights after each update of weights that begin at 0, one gradient each step. */
function fromZero(optimizer: Optimizer, ...gradients: number[][]): number[][] {
  const tensor = (data: number[]): ReferenceTensors => ({ w: { shape: [data.length], data: Float64Array.from(data) } });
  const zeros = tensor((gradients[0] ?? []).map(() => 0));
  return updates(optimizer, zeros, gradients.map(tensor)).map(({ w }) => [...(w?.data ?? [])]);
}

// ── PyTorch ──

const { initial, gradients, runs, clipping } = readOptimizersFixture();
const { adam: adamRun, rmsprop: rmsPropRun, momentum: momentumRun } = runs;

for (const [title, optimizer, run] of [
  ['adam', adam(adamRun.settings), adamRun],
  ['rmsProp', rmsProp(rmsPropRun.settings), rmsPropRun],
  ['sgd with momentum', sgd(momentumRun.settings), momentumRun],
] as const)
  test(`${title} takes PyTorch's steps`, (t) => {
    for (const [step, weights] of updates(optimizer, initial, gradients).entries())
      areClose(t, weights, run.after[step] ?? {}, 1e-6, `step ${step}`);
  });

test("the defaults are PyTorch's, but for the rate of sgd", (t) => {
  const { learningRate: _, ...adamDefaults } = adamRun.settings;
  const rate = adamRun.settings['learningRate'] ?? NaN;
  t.deepEqual(
    updates(adam({ learningRate: rate }), initial, gradients),
    updates(adam({ learningRate: rate, ...adamDefaults }), initial, gradients),
  );
  t.is(adam().learningRate, 1e-3);
  t.deepEqual(updates(rmsProp(), initial, gradients), updates(rmsProp(rmsPropRun.settings), initial, gradients));
});

for (const { maxNorm, norm, gradients, clipped } of clipping)
  test(`gradients of norm ${norm} are clipped at ${maxNorm} as by PyTorch`, (t) => {
    const actual = scoped(() => globalNorm(Object.values(tensorsOf(gradients))));
    isClose(t, [actual], [norm], 1e-6);
    const zeros = Object.fromEntries(
      Object.entries(gradients).map(([name, { shape, data }]) => [name, { shape, data: data.map(() => 0) }]),
    );
    const [after = {}] = updates(sgd({ learningRate: 1 }), zeros, [gradients], clippingFactor(actual, maxNorm));
    const negated = Object.fromEntries(
      Object.entries(clipped).map(([name, { shape, data }]) => [name, { shape, data: data.map((value) => -value) }]),
    );
    areClose(t, after, negated, 1e-6, `clipped at ${maxNorm}`);
  });

// ── Worked by hand ──

test('with an L2 penalty, adam takes the steps of gradients that the penalty is added to', (t) => {
  const l2 = 0.3;
  const options = { learningRate: 0.1, beta1: 0 };
  const penalized: number[][] = [];
  let weights = [2, -1];
  // What the gradients are is found step by step, as they depend on the weights.
  const gradients = [
    [1, 0],
    [-0.5, 0.25],
    [0, 0],
  ];
  const tensor = (data: number[]): ReferenceTensors => ({ w: { shape: [2], data: Float64Array.from(data) } });
  for (const gradient of gradients) {
    penalized.push(gradient.map((of, at) => of + l2 * (weights[at] ?? NaN)));
    weights = [...(updates(adam(options), tensor([2, -1]), penalized.map(tensor)).at(-1)?.['w']?.data ?? [])];
  }
  const after = updates(adam({ ...options, l2 }), tensor([2, -1]), gradients.map(tensor)).at(-1)?.['w']?.data ?? [];
  isClose(t, after, weights, 1e-6);
});

test('with beta1 = 0, adam goes by the last gradient alone, over the root of the mean square', (t) => {
  // v̂ after 1 and then 3 with beta2 = 0.5: (0.25·1 + 0.5·9) / 0.75
  const after = fromZero(adam({ learningRate: 1, beta1: 0, beta2: 0.5, epsilon: 1e-8 }), [1], [3]);
  isClose(t, after.flat(), [-1, -1 - 3 / Math.sqrt(4.75 / 0.75)], 1e-6);
});

test("sgd's step is the gradient times the rate", (t) => {
  isClose(t, fromZero(sgd({ learningRate: 0.5 }), [2, -4])[0] ?? [], [-1, 2], 1e-7);
});

test('with momentum, sgd goes on in the last direction', (t) => {
  // v = 1, then 0.5·1 + 0, then 0.5·0.5 + 2
  const after = fromZero(sgd({ learningRate: 1, momentum: 0.5 }), [1], [0], [2]);
  isClose(t, after.flat(), [-1, -1.5, -3.75], 1e-6);
});

test("adam's first step is the rate in the gradient's direction, however large the gradient is", (t) => {
  // m̂ = 0.1·g / 0.1 = g, v̂ = 0.001·g² / 0.001 = g²: the change is −rate·g / (|g| + 1e-8)
  const [after = []] = fromZero(adam({ learningRate: 0.1 }), [1000, -0.5, 1e-8, 0]);
  isClose(t, after, [-0.1, 0.1, -0.05, 0], 1e-5);
});

test("adam's second step", (t) => {
  // g = 0.5, then −0.25: m = 0.9·0.05 − 0.025 = 0.02, m̂ = 0.02 / 0.19;
  // v = 0.999·0.00025 + 0.0000625 = 0.00031225, v̂ = 0.00031225 / 0.001999
  const change = (-0.1 * (0.02 / 0.19)) / Math.sqrt(0.00031225 / 0.001999);
  isClose(t, fromZero(adam({ learningRate: 0.1 }), [0.5], [-0.25])[1] ?? [], [-0.1 + change], 1e-5);
});

test("adamW's weights lose their share beside the gradient: (1 − rate·decay)·w, then Adam's step", (t) => {
  const tensor = (...data: number[]): ReferenceTensors => ({
    w: { shape: [data.length], data: Float64Array.from(data) },
  });
  const after = updates(adamW({ learningRate: 0.1, weightDecay: 0.5 }), tensor(2, -4), [tensor(3, 0), tensor(3, 0)]);
  // Of a constant gradient, every step of Adam is the rate; 2·0.95 − 0.1, then 1.8·0.95 − 0.1; −4·0.95·0.95.
  isClose(
    t,
    after.flatMap(({ w }) => [...(w?.data ?? [])]),
    [1.8, -3.8, 1.61, -3.61],
    1e-5,
  );
});

test('adamW without decay is adam, bit for bit', (t) => {
  const steps = [
    [0.5, -2],
    [-0.25, 3],
  ];
  t.deepEqual(fromZero(adamW({ weightDecay: 0 }), ...steps), fromZero(adam(), ...steps));
});

test("rmsProp's first step is 1/√(1 − decay) times the rate in the gradient's direction", (t) => {
  // the mean of squares is 0.01·g², its root 0.1·|g|
  isClose(t, fromZero(rmsProp({ learningRate: 0.1 }), [1000, -0.5, 0])[0] ?? [], [-1, 1, 0], 1e-5);
});

for (const [name, optimizer] of [
  ['adam', adam({ epsilon: 2 ** -126 })],
  ['rmsProp', rmsProp({ epsilon: 2 ** -126 })],
] as const)
  test(`${name}: with the least epsilon, a weight without a gradient stays`, (t) => {
    t.deepEqual(
      fromZero(optimizer, [0, 1], [0, 1]).map(([still]) => still),
      [0, 0],
    );
  });

test('a schedule is asked at every step', (t) => {
  const learningRate = ({ step }: { step: number }): number => step + 1;
  isClose(t, fromZero(sgd({ learningRate }), [1], [1], [1]).flat(), [-1, -3, -6], 1e-7);
});

// ── Optimizers of one's own ──

test('an optimizer may leave a slot as it is', (t) => {
  const optimizer: Optimizer = {
    learningRate: 1,
    slots: ['kept'],
    update: (gradient, slots) => ({ change: tf.neg(gradient), slots }),
  };
  t.deepEqual(fromZero(optimizer, [1], [2]), [[-1], [-3]]);
});

test('an optimizer that forgets a slot is a TypeError that names it', (t) => {
  const optimizer: Optimizer = {
    learningRate: 1,
    slots: ['kept'],
    update: (gradient) => ({ change: gradient, slots: {} }),
  };
  t.throws(() => fromZero(optimizer, [1]), { instanceOf: TypeError, message: /kept/ });
});

test.serial('slots are there until the updater is disposed of', async (t) => {
  const weights = tf.tidy(() => ({ w: tf.variable(tf.zeros([3])) }));
  let updater: WeightUpdater | undefined;
  t.deepEqual(await leftBehind(() => (updater = new WeightUpdater(weights, rmsProp()))), { tensors: 1, buffers: 1 });
  t.deepEqual(await leftBehind(() => updater?.dispose()), { tensors: -1, buffers: -1 });
  tf.dispose(weights);
});

// ── TensorFlow's kernel for Adam ──

const native = testWith('the native backend', tf.getBackend() === 'tensorflow', test.serial);

const KERNELS = { Adam: adam({ learningRate: 0.1 }), AdamW: adamW({ learningRate: 0.1, weightDecay: 0.7 }) };

for (const [name, kernel] of Object.entries(KERNELS))
  native(`${name}'s kernel takes the steps of its operations, in weights and means`, (t) => {
    // Another function, which no kernel is known of.
    const operations: Optimizer = { ...kernel, update: (...given) => kernel.update(...given) };
    const numbers = (size: number, step: number): Float32Array =>
      Float32Array.from({ length: 1200 }, (_, at) => size * Math.sin(1 + 7 * step + at * at));
    const [ofKernel, ofOperations] = [kernel, operations].map((optimizer) =>
      scoped(() => {
        const w = tf.variable(tf.tensor2d(numbers(1, 0), [40, 30]));
        const updater = new WeightUpdater({ w }, optimizer);
        for (let step = 0; step < 20; step++)
          updater.apply({ w: tf.tensor2d(numbers(10 ** (step % 3), step), [40, 30]) }, 0.5, 0.1);
        const { weights, slots } = updater.numbers();
        updater.dispose();
        return [weights['w'], slots['w']?.['mean'], slots['w']?.['meanSquare']].map((of) => [...(of?.values ?? [])]);
      }),
    );
    for (const [at, ours] of (ofKernel ?? []).entries()) {
      const others = ofOperations?.[at] ?? [];
      const largest = Math.max(...others.map(Math.abs));
      t.is(ours.length, 1200);
      const errors = ours.map((number, place) => Math.abs(number - (others[place] ?? NaN)));
      t.true(Math.max(...errors) <= 2e-5 * largest, `${Math.max(...errors) / largest}`);
    }
  });

for (const [name, kernel] of Object.entries(KERNELS))
  native(`${name}: a tensor that shares the memory of a weight is what it was before the step`, (t) => {
    const w = tf.tidy(() => tf.variable(tf.tensor1d([1, 2, 3])));
    const updater = new WeightUpdater({ w }, kernel);
    const gradient = tf.ones([3]);
    for (let step = 0; step < 3; step++) {
      const [before, values] = [tf.clone(w), [...w.dataSync()]];
      updater.apply({ w: gradient }, 1, 0.5);
      t.deepEqual([...before.dataSync()], values);
      t.notDeepEqual([...w.dataSync()], values);
      before.dispose();
    }
    updater.dispose();
    tf.dispose([w, gradient]);
  });

native('what its kernel holds is freed with the updater', (t) => {
  const w = tf.tidy(() => tf.variable(tf.zeros([3])));
  w.dataSync();
  const before = nativeTensors();
  const updater = new WeightUpdater({ w }, adam());
  t.true(nativeTensors() > before);
  updater.dispose();
  t.is(nativeTensors(), before);
  tf.dispose(w);
});

test.serial('an update leaves nothing behind', async (t) => {
  const weights = tf.tidy(() => ({ w: tf.variable(tf.zeros([3])) }));
  for (const optimizer of [adam(), adamW(), rmsProp(), sgd(), sgd({ momentum: 0.9 })]) {
    const updater = new WeightUpdater(weights, optimizer);
    const gradient = tf.ones([3]);
    t.deepEqual(await leftBehind(() => updater.apply({ w: gradient }, 0.5, 0.1)), nothing);
    gradient.dispose();
    updater.dispose();
  }
  tf.dispose(weights);
});

// ── Options that cannot be used ──

const mistakes: [string, () => Optimizer, string][] = [
  ['adam', () => adam({ learningRate: -1 }), 'learningRate to be a number of at least 0, got -1 (number)'],
  ['adam', () => adam({ learningRate: NaN }), 'learningRate to be a number of at least 0, got NaN (number)'],
  [
    'adam',
    () => adam({ learningRate: '0.1' as unknown as number }),
    'learningRate to be a number or a schedule, got "0.1" (string)',
  ],
  [
    'adamW',
    () => adamW({ weightDecay: -1 }),
    'weightDecay to be a number of at least 0 and of at most 1000, got -1 (number)',
  ],
  ['adam', () => adam({ beta1: 1 }), 'beta1 to be a number of at least 0 and below 1, got 1 (number)'],
  ['adam', () => adam({ beta2: -0.5 }), 'beta2 to be a number of at least 0 and below 1, got -0.5 (number)'],
  ['adam', () => adam({ epsilon: 0 }), `epsilon to be a number of at least ${2 ** -126}, got 0 (number)`],
  ['rmsProp', () => rmsProp({ learningRate: -1 }), 'learningRate to be a number of at least 0, got -1 (number)'],
  ['rmsProp', () => rmsProp({ decay: 1 }), 'decay to be a number of at least 0 and below 1, got 1 (number)'],
  ['rmsProp', () => rmsProp({ epsilon: 1e-46 }), `epsilon to be a number of at least ${2 ** -126}, got 1e-46 (number)`],
  ['sgd', () => sgd({ learningRate: Infinity }), 'learningRate to be a number of at least 0, got Infinity (number)'],
  ['sgd', () => sgd({ momentum: 1 }), 'momentum to be a number of at least 0 and below 1, got 1 (number)'],
];

for (const [optimizer, make, message] of mistakes)
  test(`${optimizer} expects ${message}`, (t) => {
    t.throws(make, { instanceOf: InvalidArgumentError, message: `Expected ${message}` });
  });
