import type { Tensor } from '@tensorflow/tfjs';
import test, { type ExecutionContext } from 'ava';
import type { Cell } from '../../../../src/cells/cell.js';
import { type BackendName, useBackend } from '../../../../src/model/backend.js';
import type { ModelOptions } from '../../../../src/model/ModelConfig.js';
import type { Network } from '../../../../src/model/network/Network.js';
import { StepRun } from '../../../../src/model/network/StepRun.js';
import { tensorsInOrder } from '../../../../src/model/network/sequences.js';
import type { StateNumbers } from '../../../../src/model/RecurrentState.js';
import { random } from '../../../../src/random.js';
import { tf } from '../../../../src/tf.js';
import { CELLS, VARIED_CELLS } from '../../../support/cells.js';
import { isClose } from '../../../support/closeness.js';
import { BACKENDS } from '../../../support/interpreters.js';
import { leftBehind, nativeTensors, nothing, scoped } from '../../../support/memory.js';
import { networkOfCase, stepInFloat64 } from '../../../support/networks.js';
import { ODD_CELLS } from '../../../support/oddCells.js';
import { sweep } from '../../../support/sweeps.js';
import '../../../support/ownProcess.js';

const SAMPLE = sweep(CELLS, ({ name }) => ['lstm', 'sru', 'everything'].includes(name));
/** Every cell on one backend; those that differ most from each other on the others. */
const cellsOn = (backend: BackendName): readonly Cell[] =>
  sweep([...CELLS, ...ODD_CELLS], (cell) => backend === BACKENDS[0] || VARIED_CELLS.includes(cell));

const VARIANTS: readonly Partial<ModelOptions>[] = [
  {},
  { layers: 3, bias: false },
  { layers: 2, bias: true },
  { embeddingSize: 6, tieWeights: true, initialState: 'learned' },
];

function networkWith(model: ModelOptions): Network {
  return networkOfCase({ model: { embeddingSize: 6, hiddenSize: 6, ...model }, vocabulary: 9, lengths: [1] });
}

function statesFor({ layers }: Network, hypotheses: number): StateNumbers[] {
  return layers.map(({ plan }, layer) =>
    Object.fromEntries(
      Object.entries(plan.cell.state).map(([part, { width }]) => {
        const { normal } = random(1, `${part} of ${layer}`);
        return [part, Float32Array.from({ length: hypotheses * width }, (_, at) => normal(at) / 2)];
      }),
    ),
  );
}

/** Time steps for some hypotheses, each from the state after the one before. */
function agree(t: ExecutionContext, step: StepRun, network: Network, hypotheses: number, what: string): void {
  let states: readonly StateNumbers[] = statesFor(network, hypotheses);
  for (let time = 0; time < 2; time++) {
    const ids = Int32Array.from({ length: hypotheses }, (_, at) => (3 * at + time) % 9);
    const { logProbabilities, layers } = step.next(network, states, ids);
    const expected = stepInFloat64(network, states, ids);
    isClose(t, logProbabilities, expected.logProbabilities, 1e-5, `${what}: log-probabilities`);
    for (const [layer, parts] of expected.layers.entries()) {
      t.deepEqual(Object.keys(layers[layer] ?? {}), Object.keys(parts), what);
      for (const [part, values] of Object.entries(parts))
        isClose(t, layers[layer]?.[part] ?? [], values, 1e-5, `${what}: ${part} of layer ${layer}`);
    }
    states = layers;
  }
}

for (const backend of BACKENDS)
  for (const cell of cellsOn(backend))
    test.serial(
      `${backend}, ${cell.name}: a time step is that of the equations in float64, for any number of hypotheses`,
      async (t) => {
        await useBackend(backend);
        for (const variant of VARIANTS)
          scoped(() => {
            const step = new StepRun();
            const network = networkWith({ ...variant, cell });
            for (const hypotheses of [1, 3, 8])
              agree(t, step, network, hypotheses, `${JSON.stringify(variant)}, ${hypotheses} hypotheses`);
            step.dispose();
          });
      },
    );

for (const backend of BACKENDS)
  test.serial(`${backend}: a time step notices that weights have changed`, async (t) => {
    await useBackend(backend);
    for (const cell of SAMPLE)
      scoped(() => {
        const step = new StepRun();
        const network = networkWith({ cell, layers: 2 });
        const variables = tensorsInOrder(network).map((tensor) => tf.variable(tensor));
        let next = 0;
        const of = <T extends Tensor>(): T => variables[next++] as unknown as T;
        const varying: Network = {
          ...network,
          embedding: of(),
          layers: network.layers.map((layer) => ({
            ...layer,
            weights: Object.fromEntries(Object.keys(layer.weights).map((name) => [name, of()])),
          })),
          projection: of(),
          projectionBias: of(),
        };
        agree(t, step, varying, 2, cell.name);
        for (const variable of variables) tf.tidy(() => variable.assign(tf.mul(variable, -0.7)));
        agree(t, step, varying, 2, `${cell.name}, changed`);
        step.dispose();
        tf.dispose(variables);
      });
  });

for (const backend of BACKENDS)
  test.serial(`${backend}: time steps leave no tensor behind, native or tfjs's`, async (t) => {
    await useBackend(backend);
    const held = (): number => (backend === 'tensorflow' ? nativeTensors() : 0);
    for (const cell of SAMPLE) {
      const before = held();
      const left = await leftBehind(() =>
        scoped(() => {
          const step = new StepRun();
          const network = networkWith({ cell, layers: 2 });
          agree(t, step, network, 2, cell.name);
          step.dispose();
          step.dispose();
        }),
      );
      t.deepEqual(left, nothing, cell.name);
      t.is(held(), before, cell.name);
    }
  });

test.serial('time steps go on with another backend where they were', async (t) => {
  for (const cell of SAMPLE) {
    await useBackend(BACKENDS[0]);
    const network = networkWith({ cell, layers: 2 });
    const step = new StepRun();
    for (const backend of [...BACKENDS, ...BACKENDS]) {
      await useBackend(backend);
      agree(t, step, network, 3, `${cell.name} on ${backend}`);
    }
    step.dispose();
    tf.dispose(tensorsInOrder(network));
  }
});

test.serial('time steps go on with the first backend when another one had the weights in between', async (t) => {
  const network = networkWith({ cell: CELLS[0] ?? t.fail(), layers: 2 });
  const step = new StepRun();
  for (const backend of BACKENDS) {
    for (const other of BACKENDS) {
      await useBackend(backend);
      agree(t, step, network, 3, `${backend}, before ${other}`);
      await useBackend(other);
      tf.tidy(() => tensorsInOrder(network).map((tensor) => tf.neg(tensor).dataSync()));
      await useBackend(backend);
      agree(t, step, network, 3, `${backend}, after ${other}`);
    }
  }
  step.dispose();
  tf.dispose(tensorsInOrder(network));
});
