import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { config, delay, from, lastValueFrom, NEVER, of, Subject, type Subscription, take, tap } from 'rxjs';
import type { CellSizes } from '../../../../src/cells/cell.js';
import type { CellRecord } from '../../../../src/cells/recordCell.js';
import { rnn } from '../../../../src/cells/rnn.js';
import {
  DirectoryInUseError,
  FileFormatError,
  InspectionError,
  InvalidArgumentError,
  NonFiniteError,
} from '../../../../src/errors.js';
import { LanguageModel } from '../../../../src/model/LanguageModel.js';
import type { ModelOptions } from '../../../../src/model/ModelConfig.js';
import type { Batch } from '../../../../src/pipeline/Batch.js';
import { CharacterTokenizer } from '../../../../src/text/CharacterTokenizer.js';
import { tf } from '../../../../src/tf.js';
import { adam } from '../../../../src/training/adam.js';
import { bestCheckpoint } from '../../../../src/training/checkpoints/bestCheckpoint.js';
import type { Json } from '../../../../src/training/checkpoints/Checkpoint.js';
import { latestCheckpoint } from '../../../../src/training/checkpoints/latestCheckpoint.js';
import { type CheckpointSaver, saveCheckpoints } from '../../../../src/training/checkpoints/saveCheckpoints.js';
import type { Optimizer } from '../../../../src/training/Optimizer.js';
import { rmsProp } from '../../../../src/training/rmsProp.js';
import { sgd } from '../../../../src/training/sgd.js';
import type { TrainingState } from '../../../../src/training/TrainingState.js';
import type { TrainingStep } from '../../../../src/training/TrainingStep.js';
import { train } from '../../../../src/training/train.js';
import { coupledPeephole } from '../../../support/cells.js';
import { latestSteps } from '../../../support/checkpoints.js';
import { FaultyFileSystem } from '../../../support/FaultyFileSystem.js';
import { smallModel, weightsOf } from '../../../support/languageModels.js';
import { temporaryDirectory } from '../../../support/temporaryFiles.js';
import { throwsInvalid } from '../../../support/throwsInvalid.js';
import { smallBatches } from '../../../support/trainingSteps.js';

const OPTIONS: ModelOptions = { cell: 'rnn' };
const FIRST: Batch = smallBatches(1)[0] as Batch;

/** Makes so many steps, with checkpoints. */
async function steps(
  count: number,
  checkpoints: CheckpointSaver,
  options: { model?: ModelOptions; optimizer?: Optimizer; resumeFrom?: TrainingState | undefined } = {},
): Promise<void> {
  const { model: modelOptions = OPTIONS, optimizer = adam(), resumeFrom } = options;
  const model = smallModel(modelOptions);
  try {
    await lastValueFrom(from(smallBatches(count)).pipe(train(model, { optimizer, resumeFrom }), checkpoints), {
      defaultValue: undefined,
    });
  } finally {
    model.dispose();
  }
}

/** A training that makes a step when it is told to. */
function manual(t: ExecutionContext, checkpoints: CheckpointSaver, resumeFrom?: TrainingState) {
  const model = smallModel(OPTIONS);
  const batches = new Subject<Batch>();
  const errors: unknown[] = [];
  const subscription = batches
    .pipe(train(model, { optimizer: adam(), resumeFrom }), checkpoints)
    .subscribe({ error: (error) => errors.push(error) });
  t.teardown(() => {
    subscription.unsubscribe();
    model.dispose();
  });
  const step = (loss?: number): void => {
    batches.next(FIRST);
    if (loss !== undefined) checkpoints.report(loss);
  };
  return { model, step, subscription, errors };
}

/** The steps of the checkpoints in a directory. */
function stepsIn(dir: string): number[] {
  return readdirSync(dir)
    .filter((name) => name.startsWith('checkpoint-'))
    .map((name) => Number(/\d+/.exec(name)?.[0]))
    .sort((a, b) => a - b);
}

// ── What is saved ──

test('every so many steps, and at the end, a checkpoint is saved, and the newest are kept', async (t) => {
  const dir = join(await temporaryDirectory(t), 'new', 'one');
  const seen: number[][] = [];
  const model = smallModel(OPTIONS);
  const see = tap(() => seen.push(stepsIn(dir)));
  await lastValueFrom(
    from(smallBatches(7)).pipe(train(model, { optimizer: adam() }), saveCheckpoints(dir, { every: 2 }), see),
  );
  t.deepEqual(seen, [[], [2], [2], [2, 4], [2, 4], [4, 6], [4, 6]]);
  t.deepEqual(readdirSync(dir), ['checkpoint-000000006.safetensors', 'checkpoint-000000007.safetensors']);
  model.dispose();
});

test('a checkpoint holds place, weights, slots, configuration, tokenizer, notes and versions', async (t) => {
  const dir = await temporaryDirectory(t);
  let made = 0;
  const notes = (): Json => ({ settings: { hidden: 4 }, made });
  const { model, step } = manual(t, saveCheckpoints(dir, { every: 2, notes }));
  step();
  made = 1;
  step();
  const { checkpoint } = latestCheckpoint(dir) ?? t.fail();
  t.deepEqual(checkpoint.state.resumeAt, { epoch: 0, index: 2 });
  t.is(checkpoint.state.steps, 2);
  t.true(checkpoint.state.seconds > 0);
  t.deepEqual(
    Object.entries(checkpoint.state.weights).map(([name, { values }]) => [name, [...values]]),
    Object.entries(weightsOf(model)).map(([name, { data }]) => [name, [...data]]),
  );
  t.deepEqual(Object.keys(checkpoint.state.slots), Object.keys(model.weights));
  t.deepEqual(Object.keys(checkpoint.state.slots['embedding'] ?? {}), ['mean', 'meanSquare']);
  t.deepEqual(checkpoint.config, model.config);
  t.deepEqual(checkpoint.tokenizer, model.tokenizer.toJSON());
  t.deepEqual(checkpoint.notes, { settings: { hidden: 4 }, made: 1 });
  t.is(checkpoint.versions['node'], process.versions.node);
  t.is(checkpoint.validationLoss, undefined);
});

test('the checkpoint of the lowest reported loss is kept, beside the newest', async (t) => {
  const dir = await temporaryDirectory(t);
  const { step } = manual(t, saveCheckpoints(dir, { keep: 2 }));
  t.is(bestCheckpoint(dir), undefined);
  for (const loss of [3, 1, 2, 2, 1]) step(loss);
  t.deepEqual(stepsIn(dir), [2, 4, 5]);
  t.is(bestCheckpoint(dir)?.checkpoint.state.steps, 2);
  step(0.5);
  t.deepEqual(stepsIn(dir), [5, 6]);
  const best = bestCheckpoint(dir);
  t.is(best?.checkpoint.validationLoss, 0.5);
  t.is(best?.path, join(dir, 'checkpoint-000000006.safetensors'));
  t.deepEqual(best?.damaged, []);
});

test('where no loss was reported, or its checkpoint is damaged, that one is not the best', async (t) => {
  const dir = await temporaryDirectory(t);
  const { step } = manual(t, saveCheckpoints(dir, { keep: 3, every: 1 }));
  for (const loss of [2, 1, undefined]) step(loss);
  const damaged = join(dir, 'checkpoint-000000002.safetensors');
  writeFileSync(damaged, readFileSync(damaged).subarray(1));
  const best = bestCheckpoint(dir);
  t.is(best?.checkpoint.state.steps, 1);
  t.deepEqual(
    best?.damaged.map(({ message }) => message.includes(damaged)),
    [true],
  );
});

test('a training that is resumed knows the best checkpoint of before', async (t) => {
  const dir = await temporaryDirectory(t);
  const first = manual(t, saveCheckpoints(dir, { keep: 1 }));
  for (const loss of [1, 2]) first.step(loss);
  first.subscription.unsubscribe();
  const state = latestCheckpoint(dir)?.checkpoint.state;
  const second = manual(t, saveCheckpoints(dir, { keep: 1 }), state);
  for (const loss of [3, 2]) second.step(loss);
  t.deepEqual(stepsIn(dir), [1, 4]);
});

test('a loss that is reported before the first step is that of the checkpoint that was resumed from', async (t) => {
  const dir = await temporaryDirectory(t);
  await steps(3, saveCheckpoints(dir));
  const before = latestCheckpoint(dir)?.checkpoint;
  const checkpoints = saveCheckpoints(dir, { notes: () => 'new' });
  const training = manual(t, checkpoints, before?.state);
  checkpoints.report(1.25);
  const after = latestCheckpoint(dir)?.checkpoint;
  t.deepEqual(after, before && { ...before, validationLoss: 1.25, notes: 'new' });
  training.step();
  training.subscription.unsubscribe();
  t.is(latestSteps(dir), 4);
});

test('what was not written in full when a process was killed is removed, and nothing else', async (t) => {
  const dir = await temporaryDirectory(t);
  for (const name of [
    'checkpoint-000000003.safetensors.writing-4194305-12',
    'other.writing-4194305-12',
    'best.safetensors',
  ])
    writeFileSync(join(dir, name), '');
  await steps(1, saveCheckpoints(dir));
  t.deepEqual(readdirSync(dir).sort(), [
    'best.safetensors',
    'checkpoint-000000001.safetensors',
    'other.writing-4194305-12',
  ]);
});

test('a training without a step saves nothing, and leaves what is there', async (t) => {
  const dir = await temporaryDirectory(t);
  await steps(0, saveCheckpoints(dir));
  t.deepEqual(readdirSync(dir), []);
  await steps(2, saveCheckpoints(dir));
  const before = readFileSync(join(dir, 'checkpoint-000000002.safetensors'));
  await steps(0, saveCheckpoints(dir));
  t.deepEqual(readFileSync(join(dir, 'checkpoint-000000002.safetensors')), before);
});

test('steps are passed on as they are', async (t) => {
  const dir = await temporaryDirectory(t);
  const model = smallModel(OPTIONS);
  const [before, behind]: [TrainingStep[], TrainingStep[]] = [[], []];
  await lastValueFrom(
    from(smallBatches(3)).pipe(
      train(model, { optimizer: adam() }),
      tap((step) => before.push(step)),
      saveCheckpoints(dir),
      tap((step) => behind.push(step)),
    ),
  );
  t.is(behind.length, 3);
  t.true(behind.every((step, index) => step === before[index]));
  model.dispose();
});

// ── What is refused ──

/** Checks that a training that goes on from a directory's checkpoint is refused, and the checkpoint left. */
async function isRefused(
  t: ExecutionContext,
  training: (dir: string, state: TrainingState | undefined) => Promise<void>,
  message: string | RegExp,
): Promise<void> {
  const dir = await temporaryDirectory(t);
  await steps(3, saveCheckpoints(dir));
  const before = readFileSync(join(dir, 'checkpoint-000000003.safetensors'));
  const state = latestCheckpoint(dir)?.checkpoint.state;
  await t.throwsAsync(training(dir, state), { instanceOf: InvalidArgumentError, message });
  t.deepEqual(readdirSync(dir), ['checkpoint-000000003.safetensors']);
  t.deepEqual(readFileSync(join(dir, 'checkpoint-000000003.safetensors')), before);
}

test('a training that begins anew where there is a checkpoint is an InvalidArgumentError', (t) =>
  isRefused(
    t,
    (dir) => steps(9, saveCheckpoints(dir)),
    'Expected a training that goes on from the checkpoint in the directory, of 3 steps, got one that begins at step 0: resume from it, or remove it',
  ));

test('a training that goes on from an older checkpoint than the newest is an InvalidArgumentError', (t) =>
  isRefused(
    t,
    (dir, state) =>
      steps(9, saveCheckpoints(dir), { resumeFrom: state && { ...state, steps: 2, resumeAt: { epoch: 0, index: 2 } } }),
    /of 3 steps, got one that begins at step 2: resume from it, or remove it$/,
  ));

const otherModel =
  /Expected a training that goes on from the checkpoint in the directory, got one of another model or token/;

test('another model of the same weights is an InvalidArgumentError', (t) =>
  isRefused(
    t,
    (dir, resumeFrom) => steps(1, saveCheckpoints(dir), { resumeFrom, model: { ...OPTIONS, dropout: 0.5 } }),
    otherModel,
  ));

test('another tokenizer of the same size is an InvalidArgumentError', (t) =>
  isRefused(
    t,
    async (dir, resumeFrom) => {
      const model = new LanguageModel({
        ...OPTIONS,
        embeddingSize: 3,
        hiddenSize: 4,
        tokenizer: new CharacterTokenizer('wxyz'),
      });
      await lastValueFrom(of(FIRST).pipe(train(model, { optimizer: adam(), resumeFrom }), saveCheckpoints(dir)));
    },
    otherModel,
  ));

for (const [name, options] of Object.entries({
  'another cell': { model: { cell: 'lstm' } },
  'another size': { model: { ...OPTIONS, hiddenSize: 5 } },
  'more layers': { model: { ...OPTIONS, layers: 2 } },
  'another optimizer': { optimizer: rmsProp() },
  'an optimizer without slots': { optimizer: sgd() },
} as const))
  test(`a state of ${name} is an InvalidArgumentError that says what differs, and the model keeps its weights`, async (t) => {
    const dir = await temporaryDirectory(t);
    await steps(3, saveCheckpoints(dir));
    const resumeFrom = latestCheckpoint(dir)?.checkpoint.state;
    const { model: modelOptions = OPTIONS, optimizer = adam() } = options as {
      model?: ModelOptions;
      optimizer?: Optimizer;
    };
    const model = smallModel(modelOptions);
    const before = weightsOf(model);
    await t.throwsAsync(lastValueFrom(of(FIRST).pipe(train(model, { optimizer, resumeFrom }))), {
      instanceOf: InvalidArgumentError,
      message: /^Expected .* to resume from, got /,
    });
    t.deepEqual(weightsOf(model), before);
    model.dispose();
  });

test('a training of a foreign cell resumes by what its checkpoint records, whoever defined it', async (t) => {
  const dir = await temporaryDirectory(t);
  await steps(3, saveCheckpoints(dir), { model: { cell: coupledPeephole, layers: 2 } });
  const { checkpoint: found, cell } = latestCheckpoint(dir) ?? t.fail();
  t.is(found.config.cell, 'coupledPeephole');
  t.is(cell.name, 'coupledPeephole');
  t.not(cell, coupledPeephole);
  await steps(2, saveCheckpoints(dir), { model: { ...found.config, cell }, resumeFrom: found.state });
  t.is(latestSteps(dir), 5);
});

test('a checkpoint of an equation of the same name and weights that is another is an InvalidArgumentError', async (t) => {
  const dir = await temporaryDirectory(t);
  await steps(2, saveCheckpoints(dir));
  const { cell: _, ...state } = latestCheckpoint(dir)?.checkpoint.state ?? t.fail();
  const other = {
    ...rnn,
    trace(sizes: CellSizes) {
      const traced = rnn.trace(sizes);
      return { ...traced, output: traced.output.times(2) };
    },
  };
  const options = { model: { cell: other } };
  const recorded = latestCheckpoint(dir)?.checkpoint.state;
  await t.throwsAsync(steps(1, saveCheckpoints(dir), { ...options, resumeFrom: recorded }), {
    instanceOf: InvalidArgumentError,
    message:
      'Expected the cell rnn as the state records it to resume from, got rnn, whose equation or sizes are others: cellOfRecord(state.cell) is that cell',
  });
  await t.throwsAsync(steps(1, saveCheckpoints(dir), { ...options, resumeFrom: state }), {
    instanceOf: InvalidArgumentError,
    message:
      'Expected a training that goes on from the checkpoint in the directory, got one whose cell rnn has another equation',
  });
  t.is(latestSteps(dir), 2);
});

for (const cell of [null, 5, [], { layers: 5 }])
  test(`a state whose cell is ${JSON.stringify(cell)} is an InvalidArgumentError`, async (t) => {
    const dir = await temporaryDirectory(t);
    await steps(1, saveCheckpoints(dir));
    const state = latestCheckpoint(dir)?.checkpoint.state ?? t.fail();
    const resumeFrom = { ...state, cell: cell as unknown as CellRecord };
    await t.throwsAsync(steps(1, saveCheckpoints(dir), { resumeFrom }), {
      instanceOf: InvalidArgumentError,
      message: /^Expected resumeFrom\.cell to be the record of a cell: /,
    });
  });

for (const change of [{ steps: -1 }, { steps: 1.5 }, { seconds: NaN }])
  test(`a state of ${JSON.stringify(change)} is an InvalidArgumentError at once`, async (t) => {
    const dir = await temporaryDirectory(t);
    await steps(1, saveCheckpoints(dir));
    const state = latestCheckpoint(dir)?.checkpoint.state ?? t.fail();
    const model = smallModel(OPTIONS);
    t.throws(() => train(model, { optimizer: adam(), resumeFrom: { ...state, ...change } }), {
      instanceOf: InvalidArgumentError,
      message: /^Expected resumeFrom\.(steps|seconds) to be /,
    });
    model.dispose();
  });

test('two trainings into one directory: the second is a DirectoryInUseError, and the first goes on', async (t) => {
  const dir = await temporaryDirectory(t);
  const first = manual(t, saveCheckpoints(dir, { every: 1 }));
  first.step();
  await t.throwsAsync(steps(1, saveCheckpoints(dir)), { instanceOf: DirectoryInUseError });
  first.step();
  t.is(latestSteps(dir), 2);
  first.subscription.unsubscribe();
  t.deepEqual(readdirSync(dir), ['checkpoint-000000001.safetensors', 'checkpoint-000000002.safetensors']);
});

test('weights that are not finite are never saved: the NonFiniteError ends the training, older checkpoints stay', async (t) => {
  const dir = await temporaryDirectory(t);
  const overflowing: Optimizer = {
    ...sgd(),
    update: (gradient, slots, _, step) => ({ change: tf.fill(gradient.shape, step === 3 ? Infinity : 0), slots }),
  };
  await t.throwsAsync(steps(5, saveCheckpoints(dir, { every: 1, keep: 1 }), { optimizer: overflowing }), {
    instanceOf: NonFiniteError,
    message: /^Expected finite numbers in weight .* and its slots after 3 steps, got others: not saved$/,
  });
  t.is(latestSteps(dir), 2);
});

test('a step that comes when it can no longer be saved is an InspectionError', async (t) => {
  const dir = await temporaryDirectory(t);
  const model = smallModel(OPTIONS);
  const late = from(smallBatches(2)).pipe(train(model, { optimizer: adam() }), delay(1), saveCheckpoints(dir));
  await t.throwsAsync(lastValueFrom(late), { instanceOf: InspectionError });
  t.deepEqual(readdirSync(dir), []);
  model.dispose();
});

test('a file in the place of the directory is an error of the stream', async (t) => {
  const dir = await temporaryDirectory(t);
  writeFileSync(join(dir, 'file'), '');
  await t.throwsAsync(steps(1, saveCheckpoints(join(dir, 'file'))), { message: /^Expected to write into / });
});

test('an error of notes is the error of the stream', async (t) => {
  const dir = await temporaryDirectory(t);
  const notes = (): Json => {
    throw new FileFormatError('of notes');
  };
  await t.throwsAsync(steps(3, saveCheckpoints(dir, { notes, every: 1 })), { message: 'of notes' });
  t.deepEqual(readdirSync(dir), []);
});

for (const [name, options] of Object.entries({
  every: { every: 0 },
  keep: { keep: 1.5 },
  notes: { notes: 1 as never },
}))
  test(`${name} that cannot be used is an InvalidArgumentError at once`, (t) => {
    t.throws(() => saveCheckpoints('runs/x', options), {
      instanceOf: InvalidArgumentError,
      message: new RegExp(`^Expected ${name} to be `),
    });
  });

for (const dir of ['', 7 as never])
  test(`${JSON.stringify(dir)} in place of a directory is an InvalidArgumentError at once`, (t) => {
    for (const call of [() => saveCheckpoints(dir), () => latestCheckpoint(dir), () => bestCheckpoint(dir)])
      throwsInvalid(t, call, 'dir');
  });

test('a report outside of a training, or before its first step, or of NaN is an InvalidArgumentError', async (t) => {
  const checkpoints = saveCheckpoints(await temporaryDirectory(t));
  const refused = (loss: number, message: string | RegExp): void => {
    t.throws(() => checkpoints.report(loss), { instanceOf: InvalidArgumentError, message });
  };
  refused(1, 'Expected a training whose checkpoints are saved, got none');
  const { step, subscription } = manual(t, checkpoints);
  refused(1, 'Expected a training step before a checkpoint, got none');
  step();
  refused(NaN, /^Expected validationLoss to be a number/);
  subscription.unsubscribe();
  refused(1, 'Expected a training whose checkpoints are saved, got none');
});

// ── The end ──

test('nothing is saved before the source is subscribed to, nor locked after it ends', async (t) => {
  const dir = await temporaryDirectory(t);
  const subscription: Subscription = NEVER.pipe(saveCheckpoints(dir)).subscribe();
  t.is(readdirSync(dir).length, 1);
  subscription.unsubscribe();
  t.deepEqual(readdirSync(dir), []);
});

test.serial(
  'a last checkpoint that cannot be written when nobody listens any more is an error that RxJS reports',
  async (t) => {
    const dir = await temporaryDirectory(t);
    const reported: unknown[] = [];
    config.onUnhandledError = (error) => reported.push(error);
    const fileSystem = new FaultyFileSystem(0, { kind: 'crash' });
    const model = smallModel(OPTIONS);
    await lastValueFrom(
      from(smallBatches(2)).pipe(train(model, { optimizer: adam() }), saveCheckpoints(dir, { fileSystem }), take(1)),
    );
    await setTimeout(1);
    config.onUnhandledError = null;
    t.deepEqual(
      reported.map((error) => (error as Error).name),
      ['FileWriteError'],
    );
    t.deepEqual(readdirSync(dir), []);
    model.dispose();
  },
);
