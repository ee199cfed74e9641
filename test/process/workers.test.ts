import type * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { from, lastValueFrom, Subject, tap, toArray } from 'rxjs';
import { hasForgetBias } from '../../src/cells/hasForgetBias.js';
import { InvalidArgumentError, NonFiniteError, SourceError, WorkerError } from '../../src/errors.js';
import { type NativeBinding, nativeBackend } from '../../src/graph/run/tensorflow/nativeBinding.js';
import { type BackendName, useBackend } from '../../src/model/backend.js';
import { LanguageModel } from '../../src/model/LanguageModel.js';
import type { ModelOptions } from '../../src/model/ModelConfig.js';
import type { Batch, EpochBatch } from '../../src/pipeline/Batch.js';
import { pipeline } from '../../src/pipeline/pipeline.js';
import { adam } from '../../src/training/adam.js';
import { evaluate } from '../../src/training/evaluate.js';
import { countOf } from '../../src/training/parallel/sharedNumbers.js';
import { warmUp } from '../../src/training/parallel/warmUp.js';
import { workerTasks } from '../../src/training/parallel/workerTasks.js';
import { sgd } from '../../src/training/sgd.js';
import { Trainer } from '../../src/training/Trainer.js';
import { train } from '../../src/training/train.js';
import type { ReferenceTensors } from '../reference/arrays.js';
import type { ReferenceConfig } from '../reference/languageModel.js';
import { referenceBatch } from '../reference/weights.js';
import { CELLS, coupledPeephole, VARIED_CELLS } from '../support/cells.js';
import { areClose, isClose } from '../support/closeness.js';
import { lossAndGradients, setWeight, smallModel, tokenizerOfSize, weightsOf } from '../support/languageModels.js';
import { leftBehind, nothing } from '../support/memory.js';
import { continuousBatches, tokenizer } from '../support/resumableTraining.js';
import { sweep } from '../support/sweeps.js';
import { allEnd, workersStarted } from '../support/workerThreads.js';

// Serial, for workers take a core each, and tensors are counted.

const native = (await useBackend()) === 'tensorflow';
const config: ReferenceConfig = {
  cell: 'lstm',
  vocabularySize: 7,
  embeddingSize: 3,
  hiddenSize: 4,
  layers: 1,
  eosId: 1,
};

/** Different lengths, one sequence, fewer than three, one token. */
const LENGTHS = [[5, 3, 9, 2], [4], [7, 7], [1, 12, 3, 4, 5, 6, 7, 8, 1], [1]];
const BATCHES = LENGTHS.map((lengths, index): EpochBatch => {
  return { ...referenceBatch(config, lengths, index), epoch: 0, index };
});
const DROPOUT = {
  input: 0.2,
  output: 0.4,
  state: 0.3,
  embedding: 0.2,
  recurrentWeights: 0.2,
  perSequence: true,
  risingEpochs: 1,
};
const ZONEOUT = { hidden: 0.2, memory: 0.4 };
const OPTIONS: ModelOptions = {
  ...{ cell: 'lstm', layers: 2, hiddenSize: 5, dropout: DROPOUT, zoneout: ZONEOUT, initialState: 'learned' },
};

/** What a training gives: losses, norms, and weights. */
async function training(
  workers: number,
  { model: options = OPTIONS, batches = BATCHES, labelSmoothing = 0, pastDecode = 0 } = {},
) {
  const model = smallModel(options);
  const training = train(model, {
    optimizer: sgd({ learningRate: 0.5 }),
    clipNorm: 0.5,
    workers,
    labelSmoothing,
    pastDecode,
  });
  const steps = await lastValueFrom(from(batches).pipe(training, toArray()));
  const weights = weightsOf(model);
  model.dispose();
  return { numbers: steps.flatMap(({ loss, gradientNorm, tokens }) => [loss, gradientNorm, tokens]), weights };
}

test.afterEach.always(async (t) => {
  t.true(await allEnd(await workersStarted()), 'no worker outlives its training');
});

// ── The same numbers ──

/** Each is trained once for all tests that compare with it. */
const trainings = new Map<number, ReturnType<typeof training>>();
function trainedBy(workers: number): ReturnType<typeof training> {
  const known = trainings.get(workers) ?? training(workers);
  trainings.set(workers, known);
  return known;
}

for (const workers of sweep([2, 3], (count) => count === 3))
  test.serial(
    `${workers} workers learn what one learns, with dropout in every place and zoneout, whatever the shapes of the batches`,
    async (t) => {
      const [one, many] = [await trainedBy(1), await trainedBy(workers)];
      isClose(t, many.numbers, one.numbers, 1e-5);
      areClose(t, many.weights, one.weights, 1e-5, 'weights');
      t.is((await workersStarted()).length, workers - 1);
    },
  );

const OWN_CELLS = CELLS.filter(({ name }) => ['coupledPeephole', 'everything'].includes(name));
for (const cell of sweep(OWN_CELLS, ({ name }) => name === 'everything'))
  test.serial(`two workers learn what one learns: ${cell.name}, which they know by its record`, async (t) => {
    const forgetBias = hasForgetBias(cell) ? 1 : 0;
    const options = { model: { ...OPTIONS, cell, forgetBias, zoneout: 0.2 }, batches: BATCHES.slice(0, 2) };
    const [one, two] = [await training(1, options), await training(2, options)];
    isClose(t, two.numbers, one.numbers, 1e-5);
    areClose(t, two.weights, one.weights, 1e-5, 'weights');
  });

test.serial(
  'two workers learn what one learns of smoothed labels and the decoded past, which is something else',
  async (t) => {
    const options = { batches: BATCHES.slice(0, 2), labelSmoothing: 0.3, pastDecode: 0.5 };
    const [one, two] = [await training(1, options), await training(2, options)];
    isClose(t, two.numbers, one.numbers, 1e-5);
    areClose(t, two.weights, one.weights, 1e-5, 'weights');
    const plain = await training(1, { batches: options.batches });
    t.is(one.numbers[0], plain.numbers[0], 'the loss that is told is that of neither');
    t.notDeepEqual(one.numbers, plain.numbers);
  },
);

test.serial('the same number of workers gives the same bits', async (t) => {
  t.deepEqual(await training(3), await trainedBy(3));
});

const OTHERS: readonly BackendName[] = native ? ['wasm', 'cpu'] : ['cpu'];
for (const backend of sweep(OTHERS, (_, index) => index === 0))
  test.serial(`${backend}: two workers learn what one learns`, async (t) => {
    const before = await useBackend();
    await useBackend(backend);
    try {
      const batches = BATCHES.slice(0, 2);
      const [one, two] = [await training(1, { batches }), await training(2, { batches })];
      isClose(t, two.numbers, one.numbers, 1e-5);
      areClose(t, two.weights, one.weights, 1e-5, 'weights');
    } finally {
      await useBackend(before);
    }
  });

test.serial('a step shows the gradients, weights and gates of the whole batch', async (t) => {
  const [batch] = BATCHES as [EpochBatch];
  const model = smallModel(OPTIONS);
  const before = weightsOf(model);
  const { gradients } = lossAndGradients(model, batch, batch);
  const gates = model.gates(batch, { dropoutPlace: batch });
  const shown = from([batch]).pipe(
    train(model, { optimizer: sgd(), workers: 2 }),
    tap((step) => {
      const inspection = step.inspect();
      areClose(t, numbersOf(inspection.gradients), gradients, 1e-5, 'gradients');
      t.deepEqual(numbersOf(inspection.weights), before);
      for (const [layer, expected] of gates.entries())
        for (const [name, gate] of Object.entries(expected))
          t.deepEqual(inspection.gates()[layer]?.[name]?.dataSync(), gate.dataSync());
    }),
  );
  await lastValueFrom(shown);
  for (const layer of gates) for (const gate of Object.values(layer)) gate.dispose();
  model.dispose();
});

function numbersOf(tensors: Readonly<Record<string, tf.Tensor>>): ReferenceTensors {
  const entries = Object.entries(tensors).map(([name, tensor]) => {
    return [name, { shape: tensor.shape, data: Float64Array.from(tensor.dataSync()) }] as const;
  });
  return Object.fromEntries(entries);
}

// ── Evaluation ──

for (const [what, carryState, batches] of [
  [
    'sentences',
    false,
    () =>
      // The first is too small for all workers.
      pipeline<Batch>([
        referenceBatch(config, [4]),
        ...BATCHES,
        { ...referenceBatch(config, [3, 2]), mask: new Float32Array(6) },
      ]),
  ],
  ['text that goes on', true, () => continuousBatches(0)],
] as const)
  test.serial(
    `three workers evaluate as one does, ${what}, the weights or their mean, between steps and behind the end`,
    async (t) => {
      const model = carryState ? new LanguageModel({ ...OPTIONS, embeddingSize: 3, tokenizer }) : smallModel(OPTIONS);
      const steps = await lastValueFrom(batches().pipe(toArray()));
      const left = await leftBehind(async () => {
        const trainer = new Trainer(model, {
          optimizer: sgd({ learningRate: 0.5 }),
          workers: 3,
          carryState,
          averageDecay: 0.9,
        });
        const compare = async (): Promise<number> => {
          const [ours, expected] = [await trainer.evaluate(batches()), await evaluate(model, batches())];
          isClose(t, [ours.natsPerToken], [expected.natsPerToken], 1e-6);
          t.deepEqual(
            { ...ours, natsPerToken: 0, bitsPerCharacter: 0, perplexity: 0 },
            { ...expected, natsPerToken: 0, bitsPerCharacter: 0, perplexity: 0 },
          );
          return expected.natsPerToken;
        };
        const found = [await compare()];
        for (const batch of steps.slice(0, 3)) {
          trainer.step(batch);
          found.push(await compare(), await trainer.averaged(compare));
        }
        trainer.dispose();
        await compare();
        t.is(new Set(found).size, 6, 'the first mean is the weights; all others are other weights');
      });
      t.deepEqual(left, nothing);
      model.dispose();
    },
  );

test.serial('an evaluation by workers refuses what one without them refuses', async (t) => {
  const model = smallModel(OPTIONS);
  using trainer = new Trainer(model, { optimizer: sgd(), workers: 2 });
  await t.throwsAsync(trainer.evaluate(pipeline<Batch>([])), { instanceOf: SourceError });
  await t.throwsAsync(trainer.evaluate(1 as never), { instanceOf: InvalidArgumentError });
  const junk = { ...referenceBatch(config, [3]), ids: Int32Array.of(1, 2, 99) };
  await t.throwsAsync(trainer.evaluate(pipeline([junk])), { instanceOf: InvalidArgumentError });
  t.throws(() => trainer.step(junk), { instanceOf: InvalidArgumentError });
  // The workers are still there.
  t.true(trainer.step(referenceBatch(config, [3, 2])).loss > 0);
  model.dispose();
});

test.serial('an evaluation in whose middle the trainer is disposed of comes to its end without workers', async (t) => {
  const model = smallModel(OPTIONS);
  const trainer = new Trainer(model, { optimizer: sgd(), workers: 2, averageDecay: 0.9 });
  trainer.step(referenceBatch(config, [3, 2]));
  async function* interrupted() {
    for (const [at, batch] of BATCHES.entries()) {
      if (at === 1) trainer.dispose();
      yield batch;
    }
  }
  const { natsPerToken } = await trainer.averaged(() => trainer.evaluate(interrupted()));
  isClose(t, [natsPerToken], [(await evaluate(model, pipeline([...BATCHES]))).natsPerToken], 1e-6);
  model.dispose();
});

// ── What may be trained ──

test.serial('a tokenizer of whatever kind will do: workers need none', async (t) => {
  const { characterCount, ...tokenizer } = { ...tokenizerOfSize(7), characterCount: () => 1 };
  const own = Object.assign(Object.create(tokenizerOfSize(7)), tokenizer, { characterCount, unclonable: () => {} });
  const model = new LanguageModel({ ...OPTIONS, embeddingSize: 3, tokenizer: own });
  const steps = from(BATCHES.slice(0, 1)).pipe(train(model, { optimizer: sgd(), workers: 2 }));
  t.is((await lastValueFrom(steps)).step, 0);
  model.dispose();
});

test.serial('a model of a class of its own is an InvalidArgumentError: workers would compute another loss', (t) => {
  class Own extends LanguageModel {}
  const model = new Own({ cell: 'rnn', tokenizer: tokenizerOfSize(7) });
  t.throws(() => train(model, { optimizer: sgd(), workers: 2 }), {
    instanceOf: InvalidArgumentError,
    message: 'Expected model to be a LanguageModel itself, all that workers can make, got an instance of Own',
  });
  t.notThrows(() => train(model, { optimizer: sgd() }));
  model.dispose();
});

for (const workers of [0, 1.5, 257, NaN])
  test.serial(`${workers} workers are an InvalidArgumentError at once`, (t) => {
    const model = smallModel({ cell: 'rnn' });
    t.throws(() => train(model, { optimizer: sgd(), workers }), {
      instanceOf: InvalidArgumentError,
      message: `Expected workers to be an integer of at least 1 and of at most 256, got ${workers} (number)`,
    });
    model.dispose();
  });

// ── Ends ──

const bad: Batch = { ...referenceBatch(config, [3, 2]), ids: referenceBatch(config, [3, 2]).ids.fill(9) };

test.serial('a batch that is not for the model is the error that one worker gives', async (t) => {
  const errors: unknown[] = [];
  for (const workers of [1, 2])
    await training(workers, { batches: [{ ...bad, epoch: 0, index: 0 }] }).catch((error) => errors.push(error));
  const [one, two] = errors as [Error, Error];
  t.true(two instanceof InvalidArgumentError);
  t.is(two.message, one.message);
});

test.serial(
  'a loss that is not finite is a NonFiniteError that tells where, and the weights keep every bit',
  async (t) => {
    const model = smallModel({ cell: 'lstm' });
    setWeight(model, 'projectionBias', [0, 0, 0, NaN, 0, 0, 0]);
    const before = weightsOf(model);
    await t.throwsAsync(lastValueFrom(from(BATCHES).pipe(train(model, { optimizer: sgd(), workers: 2 }))), {
      instanceOf: NonFiniteError,
      message: /^Expected a finite loss at batch 0 of epoch 0, got NaN\. The weights are those before this batch/,
    });
    t.deepEqual(weightsOf(model), before);
    model.dispose();
  },
);

test.serial('a training that ends, fails or is unsubscribed from leaves nothing', async (t) => {
  const model = smallModel(OPTIONS);
  const learning = train(model, { optimizer: adam(), workers: 2 });
  const left = await leftBehind(async () => {
    await lastValueFrom(from(BATCHES).pipe(learning));
    await t.throwsAsync(lastValueFrom(from([BATCHES[0] as Batch, bad]).pipe(learning)));
    const batches = new Subject<Batch>();
    const subscription = batches.pipe(learning).subscribe();
    batches.next(BATCHES[0] as Batch);
    subscription.unsubscribe();
  });
  t.deepEqual(left, nothing);
  const workers = await workersStarted();
  t.is(workers.length, 3);
  t.true(await allEnd(workers));
  model.dispose();
});

test.serial(
  'a worker that is gone before the next batch is a WorkerError, and the weights keep every bit',
  async (t) => {
    const model = smallModel({ cell: 'lstm' });
    const batches = new Subject<Batch>();
    const errors: unknown[] = [];
    batches.pipe(train(model, { optimizer: adam(), workers: 3 })).subscribe({ error: (error) => errors.push(error) });
    batches.next(BATCHES[0] as Batch);
    const before = weightsOf(model);
    const workers = await workersStarted();
    await workers[1]?.terminate();
    batches.next(BATCHES[0] as Batch);
    t.deepEqual(errors.map(String), ['WorkerError: Expected worker 3 of 3 to answer, but it has ended']);
    t.true(errors[0] instanceof WorkerError);
    t.deepEqual(weightsOf(model), before);
    t.true(await allEnd(workers));
    model.dispose();
  },
);

// ── Threads of the native addon ──

/** Does something, and gives the names of all attributes of the operations that TensorFlow was asked for. */
function attributesNamed(action: () => void): Set<string> {
  const names = new Set<string>();
  const backend = nativeBackend();
  if (!backend) return names;
  const { binding } = backend;
  const executeOp: NativeBinding['executeOp'] = (name, attributes, ...rest) => {
    for (const attribute of attributes) names.add(attribute.name);
    return binding.executeOp(name, attributes, ...rest);
  };
  Object.assign(backend, { binding: Object.create(binding, { executeOp: { value: executeOp } }) });
  try {
    action();
  } finally {
    Object.assign(backend, { binding });
  }
  return names;
}

test.serial('every attribute that a worker names was named by the main thread before it', (t) => {
  const large = referenceBatch(config, Array(40).fill(90));
  const place = { epoch: 0, index: 0 };
  // A vocabulary that is smaller than the warm-up, and one that is larger: what is made of inputs is made in two ways.
  for (const cell of sweep(VARIED_CELLS, ({ name }) => ['lstm', 'everything'].includes(name)))
    for (const [vocabularySize, tieWeights, initialState, dropout] of [
      [7, false, 'learned', 0.4],
      [29, true, 'zero', 0],
    ] as const) {
      const tokenizer = tokenizerOfSize(vocabularySize);
      const sizes = { tokenizer, layers: 2, embeddingSize: 5, hiddenSize: 5 };
      const model = new LanguageModel({ ...sizes, cell, tieWeights, initialState, dropout });
      const known = attributesNamed(() => warmUp(model));
      t.is(known.size > 0, native);
      const size = countOf(model.weights);
      const named = attributesNamed(() => {
        const worker = workerTasks({
          ...{ cell: model.cellRecord, config: model.config, vocabularySize, eosId: 1 },
          ...{ weights: new Float32Array(size), gradients: new Float32Array(size) },
        });
        for (const batch of [...BATCHES, large]) {
          worker({ batch, gradients: { tokens: batch.tokens, place }, sameWeights: false });
          worker({ batch, sameWeights: true });
        }
        for (const batch of [...BATCHES, large]) lossAndGradients(model, batch, place);
      });
      t.deepEqual(
        [...named].filter((name) => !known.has(name)),
        [],
        cell.name,
      );
      model.dispose();
    }
});

test.serial('what a warm-up computes with is freed', async (t) => {
  const model = smallModel({ ...OPTIONS, cell: coupledPeephole });
  t.deepEqual(await leftBehind(() => warmUp(model)), nothing);
  model.dispose();
});
