import type { Tensor } from '@tensorflow/tfjs';
import test from 'ava';
import { from, lastValueFrom, NEVER, type Observable, of, Subject, take, tap, throwError } from 'rxjs';
import { InspectionError } from '../../../src/errors.js';
import type { LanguageModel } from '../../../src/model/LanguageModel.js';
import type { EpochBatch } from '../../../src/pipeline/Batch.js';
import { tf } from '../../../src/tf.js';
import { adam } from '../../../src/training/adam.js';
import type { StepInspection } from '../../../src/training/StepInspection.js';
import { sgd } from '../../../src/training/sgd.js';
import type { TrainingStep } from '../../../src/training/TrainingStep.js';
import { train } from '../../../src/training/train.js';
import type { ReferenceTensors } from '../../reference/arrays.js';
import { type ReferenceConfig, referenceLanguageModel } from '../../reference/languageModel.js';
import { referenceBatch } from '../../reference/weights.js';
import { areClose, isClose } from '../../support/closeness.js';
import { lossAndGradients, smallModel, weightsOf } from '../../support/languageModels.js';
import { leftBehind, nothing } from '../../support/memory.js';

const config: ReferenceConfig = {
  cell: 'lstm',
  vocabularySize: 7,
  embeddingSize: 3,
  hiddenSize: 4,
  layers: 2,
  eosId: 1,
};
const batch = (epoch: number, index: number): EpochBatch => ({
  ...referenceBatch(config, [4, 2, 3], index),
  epoch,
  index,
});
const batches = [batch(0, 0), batch(0, 1), batch(1, 0)];

function numbers(tensors: Readonly<Record<string, Tensor>>): ReferenceTensors {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, { shape }]) => [
      name,
      { shape, data: Float64Array.from(tensors[name]?.dataSync() ?? []) },
    ]),
  );
}

/** Trains on the batches, and shows each step's inspection while it may be seen. */
function inspectEach(model: LanguageModel, see: (inspection: StepInspection, step: TrainingStep) => void) {
  const training = train(model, { optimizer: sgd({ learningRate: 0.5 }), clipNorm: 0.1 });
  return lastValueFrom(
    from(batches).pipe(
      training,
      tap((step) => see(step.inspect(), step)),
    ),
  );
}

test('a step is inspected with its model and its batch', async (t) => {
  const model = smallModel({ cell: 'lstm' });
  const seen: unknown[] = [];
  await inspectEach(model, (inspection) => {
    t.is(inspection.model, model);
    seen.push(inspection.batch);
  });
  t.deepEqual(seen, batches);
  model.dispose();
});

test('gradients are those of the loss before the update, not clipped, and weights those before it', async (t) => {
  const model = smallModel({ cell: 'lstm', layers: 2 });
  let before = weightsOf(model);
  await inspectEach(model, ({ weights, gradients, batch }, { gradientNorm, clippedNorm }) => {
    t.deepEqual(numbers(weights), before);
    areClose(t, numbers(gradients), referenceLanguageModel(config, before, batch).gradients, 1e-4, 'gradients');
    const values = Object.values(numbers(gradients)).flatMap(({ data }) => [...data]);
    isClose(t, [Math.hypot(...values)], [gradientNorm], 1e-5);
    t.true(clippedNorm < gradientNorm);
    const after = weightsOf(model);
    t.notDeepEqual(after, before);
    before = after;
  });
  model.dispose();
});

test('gates are those of the weights before the update', async (t) => {
  const model = smallModel({ cell: 'lstm', layers: 2 });
  let before = weightsOf(model);
  await inspectEach(model, (inspection) => {
    const expected = referenceLanguageModel(config, before, inspection.batch).gates;
    for (const [layer, gates] of inspection.gates().entries())
      for (const [name, { data }] of Object.entries(numbers(gates)))
        isClose(t, data, expected[layer]?.[name] ?? [], 1e-5, `${name} of layer ${layer}`);
    before = weightsOf(model);
  });
  model.dispose();
});

test("with dropout, gates and gradients are those of the step's own mask", async (t) => {
  const options = { cell: 'gru', layers: 2, dropout: 0.5 } as const;
  const [model, twin] = [smallModel(options), smallModel(options)];
  await inspectEach(model, (inspection, { epoch, index }) => {
    for (const [name, variable] of Object.entries(twin.weights)) {
      const weight = inspection.weights[name];
      if (weight) variable.assign(weight);
    }
    const { gradients } = lossAndGradients(twin, inspection.batch, { epoch, index });
    areClose(t, numbers(inspection.gradients), gradients, 1e-5, 'gradients');
    const expected = twin.gates(inspection.batch, { dropoutPlace: { epoch, index } });
    const others = twin.gates(inspection.batch);
    const gates = inspection.gates();
    t.deepEqual(gates.map(numbers), expected.map(numbers));
    t.notDeepEqual(gates.map(numbers), others.map(numbers));
    tf.dispose([expected, others]);
  });
  model.dispose();
  twin.dispose();
});

test('gates that are asked for twice are the same tensors', async (t) => {
  const model = smallModel({ cell: 'rnn' });
  await inspectEach(model, (inspection) => t.is(inspection.gates(), inspection.gates()));
  model.dispose();
});

test('inspection changes nothing of the training', async (t) => {
  const [watched, other] = [smallModel({ cell: 'lstm', dropout: 0.5 }), smallModel({ cell: 'lstm', dropout: 0.5 })];
  await inspectEach(watched, (inspection) => void inspection.gates());
  await inspectEach(other, () => {});
  t.deepEqual(weightsOf(watched), weightsOf(other));
  watched.dispose();
  other.dispose();
});

test('a step that has been emitted cannot be inspected: an InspectionError says which', async (t) => {
  const model = smallModel({ cell: 'lstm' });
  const kept: StepInspection[] = [];
  const last = await inspectEach(model, (inspection) => kept.push(inspection));
  const expectation = {
    instanceOf: InspectionError,
    message: 'Expected batch 0 of epoch 1 to be inspected while its step is being emitted, got a call after that',
  };
  t.throws(() => last.inspect(), expectation);
  t.throws(() => kept.at(-1)?.gates(), expectation);
  model.dispose();
});

// ── Memory ──

const bad = { ...batch(0, 1), ids: batch(0, 1).ids.map(() => 9) };
const settle = (steps: Observable<TrainingStep>) => lastValueFrom(steps, { defaultValue: undefined }).catch(() => {});
const look = tap((step: TrainingStep) => void step.inspect().gates());
const refuse = tap((_: TrainingStep) => {
  throw new Error('a consumer failed');
});

const endings: [string, (training: (source: Observable<EpochBatch>) => Observable<TrainingStep>) => unknown][] = [
  ['ended', (training) => settle(training(from(batches)).pipe(look))],
  ['failed at a batch', (training) => settle(training(of(batch(0, 0), bad)).pipe(look))],
  ['failed with its source', (training) => settle(training(throwError(() => new Error())).pipe(look))],
  ['failed in its consumer, after a look', (training) => settle(training(from(batches)).pipe(look, refuse))],
  ['failed in its consumer, before a look', (training) => settle(training(from(batches)).pipe(refuse, look))],
  ['was cut short by its consumer', (training) => settle(training(from(batches)).pipe(look, take(1)))],
  ['was unsubscribed from before the first batch', (training) => training(NEVER).pipe(look).subscribe().unsubscribe()],
  [
    'was unsubscribed from between two batches',
    (training) => {
      const source = new Subject<EpochBatch>();
      const subscription = training(source).pipe(look).subscribe();
      source.next(batch(0, 0));
      subscription.unsubscribe();
    },
  ],
  [
    'was unsubscribed from within a step',
    (training) => {
      const source = new Subject<EpochBatch>();
      const subscription = training(source).subscribe((step) => {
        step.inspect().gates();
        subscription.unsubscribe();
      });
      source.next(batch(0, 0));
    },
  ],
];

for (const [how, run] of endings)
  test.serial(`a training that was looked into and ${how} leaves nothing behind`, async (t) => {
    const model = smallModel({ cell: 'lstm', layers: 2, dropout: 0.5 });
    t.deepEqual(await leftBehind(() => run(train(model, { optimizer: adam(), clipNorm: 1 }))), nothing);
    model.dispose();
  });
