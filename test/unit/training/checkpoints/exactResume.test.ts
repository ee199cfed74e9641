import { cpSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { type MonoTypeOperatorFunction, Subject, take, takeUntil, takeWhile, tap } from 'rxjs';
import type { Batch } from '../../../../src/pipeline/Batch.js';
import { adam } from '../../../../src/training/adam.js';
import { latestCheckpoint } from '../../../../src/training/checkpoints/latestCheckpoint.js';
import { rmsProp } from '../../../../src/training/rmsProp.js';
import { sgd } from '../../../../src/training/sgd.js';
import type { TrainingStep } from '../../../../src/training/TrainingStep.js';
import { coupledPeephole } from '../../../support/cells.js';
import {
  leaps,
  type ResumableTraining,
  type TrainingRecord,
  trainByEpochs,
} from '../../../support/resumableTraining.js';
import { sweep } from '../../../support/sweeps.js';
import { temporaryDirectory } from '../../../support/temporaryFiles.js';

/** Checks that what two parts of a training gave is, bit for bit, what one that never stopped gave. */
function isOneTraining(t: ExecutionContext, parts: TrainingRecord[], whole: TrainingRecord): void {
  const losses = Object.assign({}, ...parts.map((part) => part.losses));
  t.is(
    parts.reduce((sum, part) => sum + Object.keys(part.losses).length, 0),
    Object.keys(whole.losses).length,
    'no step is missing or made twice',
  );
  t.deepEqual(losses, whole.losses);
  t.deepEqual(Object.assign({}, ...parts.map((part) => part.validation)), whole.validation);
  t.deepEqual(parts.at(-1)?.weights, whole.weights);
}

/** What the training of the defaults gives that never stops. */
let never: Promise<TrainingRecord> | undefined;
function neverStopped(): Promise<TrainingRecord> {
  never ??= trainByEpochs();
  return never;
}

/** What a training gives that stops after each step in turn, and what the rest of it gives, from the checkpoint there. */
async function resumedEverywhere(
  t: ExecutionContext,
  options: ResumableTraining,
  isInSample: (one: readonly [step: number, path: string]) => boolean = ([step]) => step % 4 === 1,
): Promise<void> {
  const whole = await trainByEpochs(options);
  const parent = await temporaryDirectory(t);
  const dir = join(parent, 'saved');
  const copies: string[] = [];
  const copy = (step: number): void => {
    const path = join(parent, String(step));
    // As a process leaves it that is killed now, but that this one is alive.
    cpSync(dir, path, { recursive: true, filter: (file) => !basename(file).startsWith('in-use') });
    copies.push(path);
  };
  const saved = await trainByEpochs({
    ...{ ...options, dir, checkpoints: { every: 1 } },
    behind: tap(({ step }) => copy(step)),
  });
  isOneTraining(t, [saved], whole);
  for (const [step, path] of sweep([...copies.entries()], isInSample)) {
    t.is(latestCheckpoint(path)?.checkpoint.state.steps, step + 1);
    const rest = await trainByEpochs({ ...options, dir: path });
    t.is(rest.error, undefined);
    const first = { ...whole, losses: Object.fromEntries(Object.entries(whole.losses).slice(0, step + 1)) };
    isOneTraining(t, [first, rest], whole);
    t.true(Object.keys(rest.validation).length >= 1, 'the epoch that the checkpoint is of is validated');
    for (const [epoch, loss] of Object.entries(rest.validation)) t.deepEqual(loss, whole.validation[Number(epoch)]);
  }
  t.is(copies.length, Object.keys(whole.losses).length);
  t.true(copies.length >= 8, `${copies.length} steps`);
}

const OPTIMIZERS = {
  adam: adam({ learningRate: leaps }),
  rmsProp: rmsProp({ learningRate: ({ step }) => leaps({ step }) / 5 }),
  'sgd with momentum': sgd({ learningRate: leaps, momentum: 0.9 }),
  sgd: sgd({ learningRate: leaps }),
};
for (const [name, optimizer] of sweep(Object.entries(OPTIMIZERS), ([name]) => ['adam', 'rmsProp'].includes(name)))
  test.serial(
    `${name}: resumed from the checkpoint of any step, a training gives the bits of one that never stopped`,
    (t) =>
      resumedEverywhere(
        t,
        { optimizer, count: name === 'adam' ? 3 : 2 },
        name === 'adam' ? ([step]) => step % 2 === 0 : undefined,
      ),
  );

for (const cell of sweep(['rnn', 'gru'] as const, (name) => name === 'gru'))
  test.serial(`${cell} with learned initial states: resumed after any step, the bits are the same`, (t) =>
    resumedEverywhere(t, { model: { cell, initialState: 'learned', layers: 1 }, count: 2 }),
  );

test.serial(
  'with a mean of the weights, smoothed labels, the past decoded, zoneout and dropout in every place: resumed after any step, the bits are the same',
  (t) => {
    const share = 0.2;
    const dropout = {
      input: share,
      output: share,
      state: share,
      embedding: share,
      recurrentWeights: share,
      perSequence: true,
      risingEpochs: 2,
    };
    const learning = { averageDecay: 0.9, labelSmoothing: 0.1, pastDecode: 0.5 };
    return resumedEverywhere(t, { ...learning, model: { layers: 1, dropout, zoneout: 0.2 }, count: 2 });
  },
);

const SHARED = { 'two workers': {}, 'text that goes on, two workers': { carryState: true } };
for (const [name, options] of sweep(Object.entries(SHARED), ([name]) => name === 'two workers'))
  test.serial(`${name}: resumed in the middle of an epoch, the bits are the same`, async (t) => {
    const dir = await temporaryDirectory(t);
    const given = { ...options, workers: 2, count: 2 };
    const first = await trainByEpochs({ ...given, dir, before: take(5) });
    isOneTraining(t, [first, await trainByEpochs({ ...given, dir })], await trainByEpochs(given));
  });

test.serial('text that goes on: resumed after any step, the state carried, the bits are the same', (t) =>
  resumedEverywhere(t, { carryState: true, model: { cell: 'lstm', initialState: 'learned' }, count: 2 }),
);

test.serial(
  'a foreign cell: resumed by its record alone, in the middle of an epoch, the bits are the same',
  async (t) => {
    const dir = await temporaryDirectory(t);
    const model = { cell: coupledPeephole, initialState: 'learned', forgetBias: 1 } as const;
    const first = await trainByEpochs({ model, count: 2, dir, before: take(5) });
    const { cell } = latestCheckpoint(dir) ?? t.fail();
    const rest = await trainByEpochs({ model: { ...model, cell }, count: 2, dir });
    isOneTraining(t, [first, rest], await trainByEpochs({ model, count: 2 }));
  },
);

test.serial('stopped and resumed again and again, the bits are the same', async (t) => {
  const dir = await temporaryDirectory(t);
  const parts: TrainingRecord[] = [];
  do parts.push(await trainByEpochs({ dir, before: take(2) }));
  while (Object.keys(parts.at(-1)?.losses ?? {}).length > 0 && parts.length < 50);
  isOneTraining(t, parts, await neverStopped());
});

// ── Ways to end ──

const LAST = 4;

/** Fails instead of the batch behind the last one. */
async function* failing(batches: AsyncIterable<Batch>): AsyncGenerator<Batch> {
  let made = 0;
  for await (const batch of batches) {
    if (made++ > LAST) throw new Error('stopped');
    yield batch;
  }
}

/** Stops after the last step, and gives what a way to end leaves of the training. */
const endings: Readonly<Record<string, (options: ResumableTraining) => Promise<TrainingRecord>>> = {
  'take before it': (options) => trainByEpochs({ ...options, before: take(LAST + 1) }),
  'take behind it': (options) => trainByEpochs({ ...options, behind: take(LAST + 1) }),
  'takeWhile before it': (options) => trainByEpochs({ ...options, before: takeWhile(({ step }) => step < LAST, true) }),
  'takeUntil before it': (options) => trainByEpochs({ ...options, before: untilLast(takeUntil) }),
  'takeUntil behind it': (options) => trainByEpochs({ ...options, behind: untilLast(takeUntil) }),
  'an error of the pipeline': (options) => trainByEpochs({ ...options, change: failing }),
  'an error thrown behind it': (options) => trainByEpochs({ ...options, behind: failAt(LAST) }),
};

function untilLast(until: typeof takeUntil): MonoTypeOperatorFunction<TrainingStep> {
  const stopped = new Subject<void>();
  // From a timer, as a signal comes.
  const stop = tap(({ step }: TrainingStep) => void (step === LAST && setTimeout(0).then(() => stopped.next())));
  return (steps) => steps.pipe(stop, until(stopped));
}

function failAt(last: number): MonoTypeOperatorFunction<TrainingStep> {
  return tap(({ step }) => {
    if (step === last) throw new Error('stopped');
  });
}

for (const [name, end] of Object.entries(endings))
  test.serial(
    `a training that ends by ${name} saves its last step, and goes on from there with the same bits`,
    async (t) => {
      const dir = await temporaryDirectory(t);
      const first = await end({ dir, checkpoints: { every: 1000 } });
      t.is(first.error === undefined ? 'stopped' : (first.error as Error).message, 'stopped');
      const made = Object.keys(first.losses).length;
      t.is(latestCheckpoint(dir)?.checkpoint.state.steps, made);
      // A timer may come a few steps late.
      t.true(made >= LAST + 1, `${made} steps`);
      isOneTraining(t, [first, await trainByEpochs({ dir })], await neverStopped());
    },
  );

test.serial(
  'a step that fails before the operator sees it is not saved: the training goes on from the one before',
  async (t) => {
    const dir = await temporaryDirectory(t);
    const first = await trainByEpochs({ dir, checkpoints: { every: 3 }, before: failAt(LAST) });
    t.is((first.error as Error).message, 'stopped');
    const { steps = NaN } = latestCheckpoint(dir)?.checkpoint.state ?? {};
    t.true(steps <= LAST && steps >= 3, `${steps}`);
    const [whole, rest] = [await neverStopped(), await trainByEpochs({ dir })];
    const seen = { ...first, losses: Object.fromEntries(Object.entries(whole.losses).slice(0, steps)) };
    isOneTraining(t, [seen, rest], whole);
  },
);
