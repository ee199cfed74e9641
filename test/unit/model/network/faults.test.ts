import test, { type ExecutionContext } from 'ava';
import type { Cell } from '../../../../src/cells/cell.js';
import { type NativeBackend, nativeBackend } from '../../../../src/graph/run/tensorflow/nativeBinding.js';
import { tfjsOperations } from '../../../../src/graph/run/tfjs.js';
import { type BackendName, useBackend } from '../../../../src/model/backend.js';
import { gatesOf, totalLoss } from '../../../../src/model/network/computeNetwork.js';
import { NativeEngine } from '../../../../src/model/network/NativeEngine.js';
import { StepRun } from '../../../../src/model/network/StepRun.js';
import { tensorsInOrder } from '../../../../src/model/network/sequences.js';
import { TfjsEngine } from '../../../../src/model/network/TfjsEngine.js';
import { tf } from '../../../../src/tf.js';
import { CELLS } from '../../../support/cells.js';
import { BACKENDS } from '../../../support/interpreters.js';
import { leftBehind, nativeTensors, nothing, scoped } from '../../../support/memory.js';
import { everythingOf, type NetworkCase, networkOfCase, sequencesOfCase } from '../../../support/networks.js';
import { sweepOf } from '../../../support/sweeps.js';
import '../../../support/ownProcess.js';

// A call that fails, such as for lack of memory, at whatever place: nothing is left of what was made until then.

const cases = CELLS.filter(({ name }) => name === 'gru' || name === 'windowed').map(
  (cell): NetworkCase => ({
    model: { cell, embeddingSize: 3, hiddenSize: 4, layers: 2, initialState: 'learned' },
    vocabulary: 4,
    lengths: [2, 5, 2],
    dropout: true,
  }),
);

/** Loss, gradients and gates, straight by an engine, and time steps. */
function computeByEngine(one: NetworkCase): void {
  scoped(() => {
    const [network, sequences] = [networkOfCase(one), sequencesOfCase(one)];
    const backend = nativeBackend();
    if (backend) everythingOf(new NativeEngine(backend), network, sequences);
    else everythingOf(new TfjsEngine(), network, sequences);
    const step = new StepRun();
    try {
      const states = network.layers.map(({ plan }) =>
        Object.fromEntries(
          Object.entries(plan.cell.state).map(([part, { width }]) => [part, new Float32Array(2 * width)]),
        ),
      );
      step.next(network, step.next(network, states, Int32Array.of(1, 2)).layers, Int32Array.of(3, 0));
    } finally {
      step.dispose();
    }
  });
}

/** Loss and gradients as tfjs asks for them, and gates. */
function computeByTfjs(one: NetworkCase): void {
  scoped(() => {
    const [network, sequences] = [networkOfCase(one), sequencesOfCase(one)];
    tf.grads(() => totalLoss(network, sequences))(tensorsInOrder(network));
    for (const gates of gatesOf(network, sequences)) tf.dispose(Object.values(gates));
    totalLoss(network, sequences);
  });
}

/** Counts calls, and fails at one of them. */
function failure(failing: number): { call(): void; calls(): number } {
  let calls = 0;
  return {
    call() {
      if (calls++ === failing) throw new Error('out of memory');
    },
    calls: () => calls,
  };
}

type Methods = Record<string, (...args: never[]) => unknown>;

/** With calls of some methods that are counted, one of which fails; all of the object's, where none are named. */
function countingCalls(of: object, failing: number, action: () => void, names = Object.keys(of)): number {
  const methods = of as Methods;
  const { call, calls } = failure(failing);
  const before = Object.entries(methods).filter(([name]) => names.includes(name));
  const set = (name: string, value: unknown): unknown =>
    Object.defineProperty(methods, name, { value, writable: true, enumerable: true, configurable: true });
  for (const name of names) {
    const method = methods[name] as (...args: never[]) => unknown;
    set(name, function counted(this: unknown, ...args: never[]) {
      call();
      return method.apply(this, args);
    });
  }
  try {
    action();
  } finally {
    for (const name of names) delete methods[name];
    for (const [name, method] of before) set(name, method);
  }
  return calls();
}

/** With calls of TensorFlow that are counted, one of which fails. */
function countingNativeCalls(names: readonly string[]): Counting {
  return (failing, action) => {
    const backend = nativeBackend() as NativeBackend;
    const { binding } = backend;
    const own = Object.getOwnPropertyNames(binding).map((name) => [name, Reflect.get(binding, name)]);
    backend.binding = Object.setPrototypeOf(Object.fromEntries(own), Object.getPrototypeOf(binding));
    try {
      return countingCalls(backend.binding, failing, action, [...names]);
    } finally {
      backend.binding = binding;
    }
  };
}

type Counting = (failing: number, action: () => void) => number;

type Compute = (one: NetworkCase) => void;

async function failEverywhere(
  t: ExecutionContext,
  compute: () => void,
  counting: Counting,
  places: number,
): Promise<void> {
  const held = (): number => (nativeBackend() ? nativeTensors() : 0);
  compute();
  let calls = 0;
  const before = held();
  t.deepEqual(
    await leftBehind(() => {
      calls = counting(Number.POSITIVE_INFINITY, compute);
    }),
    nothing,
  );
  t.is(held(), before);
  t.true(calls > 5);
  for (let failing = 0; failing < calls; failing += Math.max(1, calls / places)) {
    const place = Math.floor(failing);
    const left = await leftBehind(() =>
      t.throws(() => counting(place, compute), { message: /out of memory$/ }, `call ${place}`),
    );
    t.deepEqual(left, nothing, `call ${place} of ${calls}`);
    t.is(held(), before, `call ${place} of ${calls}`);
  }
}

// Where tfjs computes gradients, only our own part of it can fail here: tfjs leaves what it saved when it fails itself.
const WAYS: readonly { name: string; backend: BackendName; compute: Compute; counting: Counting }[] = [
  {
    ...{ name: "TensorFlow's graphs and kernels", backend: 'tensorflow', compute: computeByEngine },
    counting: countingNativeCalls(['createTensor', 'executeOp', 'runSavedModel']),
  },
  {
    ...{ name: "TensorFlow's graphs, while tfjs wants gradients", backend: 'tensorflow', compute: computeByTfjs },
    counting: countingNativeCalls(['runSavedModel']),
  },
  ...(['wasm', 'cpu'] as const).flatMap((backend) => [
    {
      ...{ name: `tfjs on ${backend}`, backend, compute: computeByEngine },
      counting: ((failing, action) => countingCalls(tf.engine(), failing, action, ['runKernel'])) satisfies Counting,
    },
    {
      ...{ name: `tfjs on ${backend}, while it wants gradients`, backend, compute: computeByTfjs },
      counting: ((failing, action) => countingCalls(tfjsOperations, failing, action)) satisfies Counting,
    },
  ]),
];

for (const one of cases)
  for (const { name, backend, compute, counting } of WAYS.filter((way) => BACKENDS.includes(way.backend)))
    test.serial(`${(one.model.cell as Cell).name}, ${name}: no tensor is left, whichever call fails`, async (t) => {
      await useBackend(backend);
      await failEverywhere(t, () => compute(one), counting, sweepOf(50, 8));
    });

for (const { name, backend, counting } of WAYS.filter((way) => BACKENDS.includes(way.backend)))
  test.serial(`gates that nobody gets are freed, on ${name}`, async (t) => {
    await useBackend(backend);
    for (const one of cases) {
      const network = networkOfCase(one);
      const gates = () => {
        for (const layer of gatesOf(network, sequencesOfCase(one))) tf.dispose(Object.values(layer));
      };
      await failEverywhere(t, gates, counting, sweepOf(40, 6));
      tf.dispose(tensorsInOrder(network));
    }
  });
