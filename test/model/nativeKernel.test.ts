import * as tf from '@tensorflow/tfjs';
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { useBackend } from '../../src/model/backend.js';
import { cellOf } from '../../src/model/cells/cells.js';
import { NativeStep } from '../../src/model/kernels/NativeStep.js';
import { type NativeBackend, type NativeTensor, nativeBackend } from '../../src/model/kernels/nativeBinding.js';
import { nativeKernel } from '../../src/model/kernels/nativeKernel.js';
import { lossChunkRows } from '../../src/model/kernels/nativeLoss.js';
import { referenceKernel } from '../../src/model/kernels/referenceKernel.js';
import type { Network, SequenceKernel, Sequences } from '../../src/model/kernels/SequenceKernel.js';
import { type ModelOptions, modelConfig, weightShapes } from '../../src/model/ModelConfig.js';
import { random } from '../../src/random.js';
import { isClose } from '../support/closeness.js';
import { leftBehind, nothing, scoped } from '../support/memory.js';

// The native kernel against plain operations on the same backend.

const nativeTest = (await useBackend()) === 'tensorflow' ? test.serial : test.skip;

const CELLS: readonly ModelOptions[] = [
  { cell: 'rnn' },
  { cell: 'lstm' },
  { cell: 'gru' },
  { cell: 'gru', resetAfter: true },
];

interface Case {
  readonly model: ModelOptions;
  readonly vocabulary: number;
  /** Lengths of the sequences. */
  readonly lengths: readonly number[];
  readonly dropout?: boolean;
}

/** A network with random weights, in the scope. */
function networkOf({ model, vocabulary, lengths, dropout = false }: Case): Network {
  const config = modelConfig(model);
  const rows = lengths.length * Math.max(...lengths);
  const weights = [...weightShapes(config, vocabulary)].map(([name, shape]) => {
    const { normal } = random(7, name);
    const size = shape.reduce((product, length) => product * length, 1);
    const scale = 1 / Math.sqrt(config.hiddenSize);
    return [
      name,
      tf.tensor(
        Float32Array.from({ length: size }, (_, at) => scale * normal(at)),
        shape,
      ),
    ] as const;
  });
  const mask = (layer: number): Float32Array => {
    const { uniform } = random(3, `dropout ${layer}`);
    return Float32Array.from({ length: rows * config.hiddenSize }, (_, at) => (uniform(at) < 0.4 ? 0 : 1 / 0.6));
  };
  return {
    cell: cellOf(config.cell, config.resetAfter),
    cellKind: config.resetAfter ? 'gruResetAfter' : config.cell,
    layers: config.layers,
    weights: Object.fromEntries(weights),
    tied: config.tieWeights,
    dropoutMask: dropout ? mask : undefined,
  };
}

function sequencesOf({ vocabulary, lengths }: Case): Sequences {
  const [batch, time] = [lengths.length, Math.max(...lengths)];
  const { integer } = random(5, 'ids');
  const ids = (offset: number) =>
    Int32Array.from({ length: batch * time }, (_, at) => integer(offset + at, vocabulary));
  const mask = Float32Array.from({ length: batch * time }, (_, at) =>
    Math.floor(at / batch) < (lengths[at % batch] ?? 0) ? 1 : 0,
  );
  return { inputs: ids(0), targets: ids(1_000_000), mask, batch, time };
}

/** Loss and gradients by name, or the gates by layer and name. */
type Numbers = Record<string, Float32Array>;

function lossAndGradients(kernel: SequenceKernel, network: Network, sequences: Sequences): Numbers {
  const variables = Object.entries(network.weights).map(([name, tensor]) => [name, tf.variable(tensor)] as const);
  const weights = Object.fromEntries(variables);
  try {
    const { value, grads } = tf.variableGrads(
      () => kernel.totalLoss({ ...network, weights }, sequences),
      Object.values(weights),
    );
    const gradients = variables.map(([name, variable]) => [name, grads[variable.name]?.dataSync()]);
    return { loss: value.dataSync(), ...Object.fromEntries(gradients) };
  } finally {
    for (const [, variable] of variables) variable.dispose();
  }
}

function gates(kernel: SequenceKernel, network: Network, sequences: Sequences): Numbers {
  const layers = kernel.gates(network, sequences);
  const named = layers.flatMap((layer, at) =>
    Object.entries(layer).map(([name, gate]) => [`${name} of layer ${at}, ${gate.shape}`, gate.dataSync()]),
  );
  tf.dispose(layers);
  return Object.fromEntries(named);
}

function areEqual(t: ExecutionContext, actual: Numbers, expected: Numbers, what: string): void {
  t.deepEqual(Object.keys(actual).sort(), Object.keys(expected).sort(), what);
  for (const [name, values] of Object.entries(expected))
    isClose(t, actual[name] ?? [], values, 1e-5, `${what}: ${name}`);
}

function native(): NativeBackend {
  const backend = nativeBackend();
  if (!backend) throw new Error('The native backend is not in use');
  return backend;
}

function agree(t: ExecutionContext, one: Case): void {
  scoped(() => {
    const kernel = nativeKernel(native());
    const [network, sequences] = [networkOf(one), sequencesOf(one)];
    const what = JSON.stringify(one);
    areEqual(
      t,
      lossAndGradients(kernel, network, sequences),
      lossAndGradients(referenceKernel, network, sequences),
      what,
    );
    areEqual(t, gates(kernel, network, sequences), gates(referenceKernel, network, sequences), what);
    const loss = (of: SequenceKernel) => of.totalLoss(network, sequences).dataSync();
    isClose(t, loss(kernel), loss(referenceKernel), 1e-5, `${what}: loss without gradients`);
  });
}

const odd = { embeddingSize: 6, hiddenSize: 10 };
const SHAPES: Readonly<Record<string, Omit<Case, 'model'> & { readonly model?: Partial<ModelOptions> }>> = {
  'one token': { vocabulary: 5, lengths: [1] },
  'one sequence': { vocabulary: 5, lengths: [9] },
  'one time step': { vocabulary: 5, lengths: [1, 1, 1, 1] },
  'masks of different lengths': { vocabulary: 5, lengths: [7, 1, 4, 7, 2] },
  'more tokens in the vocabulary than in the batch': { vocabulary: 50, lengths: [3, 2, 3] },
  'three layers': { model: { layers: 3 }, vocabulary: 7, lengths: [6, 3, 5, 2] },
  'more rows than a chunk of time steps': {
    vocabulary: 11,
    lengths: Array.from({ length: 90 }, (_, at) => 1 + (at % 23)),
  },
  'two layers and more rows than a chunk': {
    model: { layers: 2 },
    vocabulary: 11,
    lengths: Array.from({ length: 90 }, (_, at) => 23 - (at % 23)),
  },
  'a sequence longer than a chunk': { model: { layers: 2 }, vocabulary: 7, lengths: [700] },
  'no biases': { model: { bias: false, layers: 2 }, vocabulary: 7, lengths: [4, 3] },
  biases: { model: { bias: true, layers: 2 }, vocabulary: 7, lengths: [4, 3] },
  'tied weights': { model: { tieWeights: true, embeddingSize: 10 }, vocabulary: 7, lengths: [4, 3] },
  'learned initial states': { model: { initialState: 'learned', layers: 2 }, vocabulary: 7, lengths: [4, 3, 1] },
  dropout: { model: { layers: 2 }, vocabulary: 7, lengths: [4, 3, 5], dropout: true },
  'sizes that are multiples of sixteen': {
    model: { embeddingSize: 16, hiddenSize: 32, layers: 2 },
    vocabulary: 20,
    lengths: Array.from({ length: 32 }, (_, at) => 30 - (at % 3)),
  },
};

for (const cell of CELLS)
  for (const [shape, { model, ...rest }] of Object.entries(SHAPES))
    nativeTest(
      `${cell.resetAfter ? 'gru with resetAfter' : cell.cell}, ${shape}: loss, gradients and gates are those of plain operations`,
      (t) => agree(t, { model: { ...odd, ...cell, ...model }, ...rest }),
    );

nativeTest('whatever the model and the lengths, loss, gradients and gates are those of plain operations', (t) => {
  const model = fc.record({
    cell: fc.constantFrom(...CELLS),
    layers: fc.integer({ min: 1, max: 3 }),
    bias: fc.boolean(),
    tieWeights: fc.boolean(),
    hiddenSize: fc.integer({ min: 1, max: 9 }).map((half) => 2 * half),
    initialState: fc.constantFrom('zero' as const, 'learned' as const),
  });
  const cases = fc.record({
    model: model.map(({ cell, ...options }) => ({ ...options, ...cell, embeddingSize: options.hiddenSize })),
    vocabulary: fc.integer({ min: 1, max: 40 }),
    lengths: fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 9 }),
    dropout: fc.boolean(),
  });
  fc.assert(
    fc.property(cases, (one) => agree(t, one)),
    { numRuns: 40, seed: 1 },
  );
});

for (const tieWeights of [false, true])
  nativeTest(
    `a vocabulary of 9,000 is worked through in chunks, and the loss and gradients are the same${tieWeights ? ', tied' : ''}`,
    (t) => {
      const lengths = Array.from({ length: 20 }, (_, at) => 15 - (at % 4));
      t.true(20 * 15 > lossChunkRows(9000));
      agree(t, { model: { cell: 'rnn', embeddingSize: 10, hiddenSize: 10, tieWeights }, vocabulary: 9000, lengths });
    },
  );

/** A backend that counts its native tensors, and whose call number `failing` fails. */
function countingBackend(failing = Number.POSITIVE_INFINITY) {
  const backend = native();
  const { binding } = backend;
  const living = new Set<number>();
  let calls = 0;
  const born = (id: number): number => {
    living.add(id);
    return id;
  };
  const made = (call: () => NativeTensor[]): NativeTensor[] => {
    if (calls++ === failing) throw new Error('out of memory');
    const outputs = call();
    for (const { id } of outputs) born(id);
    return outputs;
  };
  const counting: NativeBackend = {
    // What an addon exports cannot be assigned to, and may be further up.
    binding: Object.create(
      binding,
      Object.getOwnPropertyDescriptors({
        createTensor: (...args: Parameters<typeof binding.createTensor>) => born(binding.createTensor(...args)),
        deleteTensor(id: number) {
          living.delete(id);
          binding.deleteTensor(id);
        },
        executeOp: (...args: Parameters<typeof binding.executeOp>) => made(() => binding.executeOp(...args)),
        runSavedModel: (...args: Parameters<typeof binding.runSavedModel>) =>
          made(() => binding.runSavedModel(...args)),
      }),
    ),
    getInputTensorIds: (tensors) => backend.getInputTensorIds(tensors),
    createOutputTensor(output) {
      living.delete(output.id);
      return backend.createOutputTensor(output);
    },
  };
  return { counting, living, calls: () => calls };
}

for (const cell of CELLS)
  nativeTest(
    `${cell.resetAfter ? 'gru with resetAfter' : cell.cell}: no tensor is left, native or tfjs's, whichever call fails`,
    async (t) => {
      const one: Case = {
        model: { ...odd, ...cell, layers: 2, initialState: 'learned' },
        vocabulary: 4,
        lengths: [2, 1, 2],
        dropout: true,
      };
      const sequences = sequencesOf(one);
      const run = (backend: NativeBackend) =>
        scoped(() => {
          const kernel = nativeKernel(backend);
          lossAndGradients(kernel, networkOf(one), sequences);
          gates(kernel, networkOf(one), sequences);
          kernel.totalLoss(networkOf(one), sequences);
          const network = networkOf(one);
          const step = new NativeStep(backend);
          try {
            const states = [0, 1].map(() =>
              Object.fromEntries(network.cell.state.map((part) => [part, new Float32Array(2 * odd.hiddenSize)])),
            );
            step.next(network, step.next(network, states, Int32Array.of(1, 2)).layers, Int32Array.of(3, 0));
          } finally {
            step.dispose();
          }
        });
      const whole = countingBackend();
      t.deepEqual(await leftBehind(() => run(whole.counting)), nothing);
      t.is(whole.living.size, 0);
      for (let failing = 0; failing < whole.calls(); failing += 3) {
        const { counting, living } = countingBackend(failing);
        const left = await leftBehind(() =>
          t.throws(() => run(counting), { message: /out of memory$/ }, `call ${failing}`),
        );
        t.deepEqual(left, nothing, `call ${failing}`);
        t.is(living.size, 0, `call ${failing}`);
      }
    },
  );
