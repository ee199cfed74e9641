import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import test from 'ava';
import { filter, firstValueFrom, lastValueFrom, type Observable, tap, toArray } from 'rxjs';
import {
  DirectoryInUseError,
  FileFormatError,
  InvalidArgumentError,
  SourceChangedError,
  SourceError,
} from '../../../src/errors.js';
import type { LanguageModel } from '../../../src/model/LanguageModel.js';
import type { Batch } from '../../../src/pipeline/Batch.js';
import { epochs } from '../../../src/pipeline/epochs.js';
import type { EpochMetrics } from '../../../src/run/EpochMetrics.js';
import type { FitEvent } from '../../../src/run/FitEvent.js';
import type { FitOptions } from '../../../src/run/FitOptions.js';
import { fit } from '../../../src/run/fit.js';

import { RunDirectory } from '../../../src/run/RunDirectory.js';
import { adam } from '../../../src/training/adam.js';
import { latestCheckpoint } from '../../../src/training/checkpoints/latestCheckpoint.js';
import { evaluate } from '../../../src/training/evaluate.js';
import { sgd } from '../../../src/training/sgd.js';
import { Trainer } from '../../../src/training/Trainer.js';
import { train } from '../../../src/training/train.js';
import { referenceBatch } from '../../reference/weights.js';
import { smallModel, weightsOf } from '../../support/languageModels.js';
import { leftBehind, nothing } from '../../support/memory.js';
import { temporaryDirectory } from '../../support/temporaryFiles.js';

const shape = { cell: 'lstm', vocabularySize: 7, embeddingSize: 3, hiddenSize: 4, layers: 1, eosId: 1 } as const;
const BATCHES = 3;

/** An epoch of three batches. */
async function* batches(epoch: number): AsyncGenerator<Batch> {
  for (let index = 0; index < BATCHES; index++) yield referenceBatch(shape, [4, 2, 3], 10 * epoch + index);
}
const validBatches = { [Symbol.asyncIterator]: () => batches(100) };
const options = (): FitOptions => ({ batches, validBatches, optimizer: adam(), clipNorm: 1, until: { epochs: 3 } });

const eventsOf = (events: Observable<FitEvent>): Promise<FitEvent[]> => lastValueFrom(events.pipe(toArray()));
const create = (path: string) => () => RunDirectory.open(path);
const resume = (path: string) => RunDirectory.open(path, { mode: 'resume' });
const linesIn = (path: string): string[] => readFileSync(join(path, 'metrics.jsonl'), 'utf8').trimEnd().split('\n');
const metricsIn = (path: string): EpochMetrics[] => linesIn(path).map((line) => JSON.parse(line));

async function withModel<T>(action: (model: LanguageModel) => Promise<T>): Promise<T> {
  const model = smallModel({ cell: 'lstm' });
  try {
    return await action(model);
  } finally {
    model.dispose();
  }
}

test.serial(
  'it makes the steps of train and the evaluations of evaluate, to the digit, and says how it ended',
  async (t) => {
    const expected: number[] = [];
    const losses: number[] = [];
    await withModel(async (model) => {
      const afterEach = async (): Promise<void> => {
        losses.push((await evaluate(model, validBatches)).natsPerToken);
      };
      const steps = epochs(3, batches, { afterEach }).pipe(train(model, { optimizer: adam(), clipNorm: 1 }), toArray());
      expected.push(...(await lastValueFrom(steps)).map(({ loss }) => loss));
    });
    const events = await withModel((model) => eventsOf(fit(model, options())));
    t.deepEqual(
      events.flatMap((event) => (event.type === 'step' ? [event.step.loss] : [])),
      expected,
    );
    const evaluations = events.flatMap((event) => (event.type === 'evaluation' ? [event] : []));
    t.deepEqual(
      evaluations.map(({ metrics, step }) => [metrics.epoch, metrics.validNatsPerToken, step]),
      losses.map((loss, epoch) => [epoch + 1, loss, BATCHES * (epoch + 1) - 1]),
    );
    t.deepEqual(events.at(-1), { type: 'end', reason: 'epochs' });
  },
);

test.serial('a run directory has metrics, the best and the last model, and is free afterwards', async (t) => {
  const path = join(await temporaryDirectory(t), 'run');
  await withModel((model) => eventsOf(fit(model, { ...options(), run: create(path) })));
  const run = await resume(path);
  t.deepEqual(
    run.metrics.map(({ epoch, steps }) => [epoch, steps]),
    [
      [1, 3],
      [2, 6],
      [3, 9],
    ],
  );
  run.close();
  const best = await RunDirectory.loadBest(path);
  const { natsPerToken } = await evaluate(best, validBatches);
  best.dispose();
  t.is(natsPerToken, Math.min(...run.metrics.map(({ validNatsPerToken }) => validNatsPerToken)));
});

test.serial('patience ends a training whose loss does not become lower, also after it was gone on with', async (t) => {
  const path = join(await temporaryDirectory(t), 'run');
  const stuck = { ...options(), optimizer: sgd({ learningRate: 0 }), until: { patience: 2, epochs: 9 } };
  const events = await withModel((model) => eventsOf(fit(model, { ...stuck, run: create(path) })));
  // The first epoch is the best, and two come after it.
  t.is(events.filter(({ type }) => type === 'evaluation').length, 3);
  t.deepEqual(events.at(-1), { type: 'end', reason: 'patience' });
  const again = await withModel((model) => eventsOf(fit(model, { ...stuck, run: () => resume(path) })));
  t.deepEqual(again.at(-1), { type: 'end', reason: 'patience' });
  t.is(again.filter(({ type }) => type === 'step').length, 0);
});

test.serial('a training that is aborted, kept, and gone on with ends as if it had never stopped', async (t) => {
  const whole = await withModel(async (model) => {
    await eventsOf(fit(model, options()));
    return weightsOf(model);
  });
  for (const steps of [1, 3, 5]) {
    const path = join(await temporaryDirectory(t), 'run');
    const stop = new AbortController();
    const stopping = tap((event: FitEvent) => {
      if (event.type === 'step' && event.step.step + 1 === steps) stop.abort();
    });
    const events = await withModel((model) =>
      eventsOf(fit(model, { ...options(), run: create(path), signal: stop.signal }).pipe(stopping)),
    );
    t.deepEqual(events.at(-1), { type: 'end', reason: 'aborted' });
    t.is(events.filter(({ type }) => type === 'step').length, steps);
    // What was learned is measured and kept.
    t.is(events.at(-2)?.type, 'evaluation');
    const resumed = await withModel(async (model) => {
      const run = await resume(path);
      await eventsOf(fit(model, { ...options(), run }));
      return weightsOf(model);
    });
    t.deepEqual(resumed, whole);
  }
});

test.serial('evaluations come after so many steps, across epochs, and at the end', async (t) => {
  const expected: number[] = [];
  await withModel(async (model) => {
    using trainer = new Trainer(model, { optimizer: adam(), clipNorm: 1 });
    for await (const batch of epochs(3, batches))
      if ([1, 3, 5, 6].includes(trainer.step(batch).step))
        expected.push((await evaluate(model, validBatches)).natsPerToken);
  });
  const events = await withModel((model) =>
    eventsOf(fit(model, { ...options(), evaluateEvery: 2, until: { epochs: 3, steps: 7 } })),
  );
  const evaluations = events.flatMap((event) => (event.type === 'evaluation' ? [event] : []));
  t.deepEqual(
    evaluations.map(({ metrics, step }) => [metrics.epoch, metrics.steps, step]),
    [
      [1, 2, 1],
      [2, 4, 3],
      [2, 6, 5],
      [3, 7, 6],
    ],
  );
  t.deepEqual(
    evaluations.map(({ metrics }) => metrics.validNatsPerToken),
    expected,
  );
  t.deepEqual(events.at(-1), { type: 'end', reason: 'steps' });
});

test.serial(
  'evaluated every so many steps, and aborted after any step, it ends with the metrics of one that never stopped',
  async (t) => {
    const training = { evaluateEvery: 2, until: { steps: 7 }, checkpointEvery: 1 };
    const figures = (path: string) => metricsIn(path).map(({ seconds: _, tokensPerSecond: __, ...rest }) => rest);
    const whole = join(await temporaryDirectory(t), 'whole');
    await withModel((model) => eventsOf(fit(model, { ...options(), ...training, run: create(whole) })));
    t.is(figures(whole).length, 4);
    for (const steps of [1, 2, 3, 6]) {
      const path = join(await temporaryDirectory(t), 'run');
      const stop = new AbortController();
      const stopping = tap((event: FitEvent) => {
        if (event.type === 'step' && event.step.step + 1 === steps) stop.abort();
      });
      await withModel((model) =>
        eventsOf(fit(model, { ...options(), ...training, run: create(path), signal: stop.signal }).pipe(stopping)),
      );
      await withModel((model) => eventsOf(fit(model, { ...options(), ...training, run: () => resume(path) })));
      t.deepEqual(figures(path), figures(whole));
    }
  },
);

test.serial('evaluations do not count as time, in the midst of an epoch either', async (t) => {
  const slow = { ...options(), evaluateEvery: 1, until: { steps: 3 }, afterEvaluation: () => setTimeout(300) };
  const from = performance.now();
  const events = await withModel((model) => eventsOf(fit(model, slow)));
  const seconds = events.flatMap((event) => (event.type === 'step' ? [event.step.seconds] : [])).at(-1) ?? NaN;
  t.true(seconds <= (performance.now() - from) / 1000 - 2 * 0.295);
});

test.serial('when nobody listens any more, the training ends, and the directory is free', async (t) => {
  const path = join(await temporaryDirectory(t), 'run');
  await withModel(async (model) => {
    const training = fit(model, { ...options(), run: create(path), until: { epochs: 1000 } });
    await firstValueFrom(training.pipe(filter(({ type }) => type === 'evaluation')));
    // It ends by itself; then nobody holds the lock.
    for (;;) {
      try {
        (await resume(path)).close();
        break;
      } catch (error) {
        if (!(error instanceof DirectoryInUseError)) throw error;
        await setTimeout(10);
      }
    }
    t.true(existsSync(join(path, 'last', 'config.json')));
  });
});

test.serial('an error of the batches is the stream’s, and what was learned before is kept', async (t) => {
  const path = join(await temporaryDirectory(t), 'run');
  const broken = async function* (epoch: number): AsyncGenerator<Batch> {
    for await (const batch of batches(epoch)) {
      yield batch;
      if (epoch === 1) throw new SourceError('Expected a text, got none');
    }
  };
  await withModel(async (model) => {
    const events: FitEvent[] = [];
    const training = fit(model, { ...options(), batches: broken, run: create(path) });
    await t.throwsAsync(lastValueFrom(training.pipe(tap((event) => events.push(event)))), {
      instanceOf: SourceError,
      message: 'Expected a text, got none',
    });
    t.is(events.filter(({ type }) => type === 'evaluation').length, 2);
  });
  t.is(metricsIn(path).length, 2);
});

test.serial('a run whose metrics are missing, short or junk does not go on', async (t) => {
  const path = join(await temporaryDirectory(t), 'run');
  await withModel((model) => eventsOf(fit(model, { ...options(), run: create(path) })));
  const file = join(path, 'metrics.jsonl');
  const [one = '', two = '', three = ''] = linesIn(path);
  const without = (name: string): string => JSON.stringify({ ...JSON.parse(two), [name]: 'x' });
  for (const [lines, message] of [
    [undefined, /3 lines .*got 0$/],
    [[one, two], /3 lines .*got 2$/],
    [[one, '{}', three], /epoch in line 2 .*got undefined$/],
    [[one, without('seconds'), three], /seconds in line 2/],
    [[one, without('validNatsPerToken'), three], /validNatsPerToken in line 2/],
  ] as const) {
    rmSync(file, { force: true });
    if (lines) writeFileSync(file, lines.join('\n'));
    t.throws(() => RunDirectory.check(path, 'resume'), { instanceOf: FileFormatError, message });
    await t.throwsAsync(resume(path), { instanceOf: FileFormatError, message });
  }
  // Lines of after the checkpoint do not count; those of early versions have no steps.
  const { steps: _, ...early } = JSON.parse(one);
  writeFileSync(file, [JSON.stringify(early), two, three, 'half a li'].join('\n'));
  const run = await resume(path);
  t.is(run.metrics.length, 3);
  run.close();
});

test.serial('a run that is closed is not written into again', async (t) => {
  const path = join(await temporaryDirectory(t), 'run');
  const refused = { instanceOf: InvalidArgumentError, message: /to be open, got one that is closed/ };
  await withModel(async (model) => {
    const run = await RunDirectory.open(path);
    const training = fit(model, { ...options(), run });
    await eventsOf(training);
    const before = readFileSync(join(path, 'metrics.jsonl'), 'utf8');
    // Another training may have the directory by now.
    const other = await resume(path);
    await t.throwsAsync(eventsOf(training), refused);
    const [metrics] = run.metrics as [EpochMetrics];
    await t.throwsAsync(run.record(model, metrics), refused);
    await t.throwsAsync(run.saveLast(model, metrics), refused);
    await t.throwsAsync(run.saveTokenizer(model.tokenizer), refused);
    t.is(readFileSync(join(path, 'metrics.jsonl'), 'utf8'), before);
    await t.throwsAsync(resume(path), { instanceOf: DirectoryInUseError });
    other.close();
  });
});

test.serial(
  'without a run, too, a training goes on from a checkpoint with its lowest loss and its patience',
  async (t) => {
    const path = join(await temporaryDirectory(t), 'run');
    const stuck = { ...options(), optimizer: sgd({ learningRate: 0 }) };
    await withModel((model) => eventsOf(fit(model, { ...stuck, run: create(path), until: { epochs: 2 } })));
    const resumeFrom = latestCheckpoint(RunDirectory.checkpoints(path))?.checkpoint;
    t.like(resumeFrom?.notes, { best: { natsPerToken: metricsIn(path)[0]?.validNatsPerToken, evaluationsSince: 1 } });
    const until = { patience: 3, epochs: 9 };
    const goOn = (more: Partial<FitOptions>): Promise<FitEvent[]> =>
      withModel((model) => eventsOf(fit(model, { ...stuck, until, resumeFrom, ...more })));
    const fork = join(await temporaryDirectory(t), 'fork');
    for (const run of [undefined, create(fork)]) {
      const events = await goOn({ run });
      const evaluations = events.flatMap((event) => (event.type === 'evaluation' ? [event] : []));
      // One came after the best before it stopped.
      t.deepEqual(
        evaluations.map(({ isBest }) => isBest),
        [false, false],
      );
      t.deepEqual(events.at(-1), { type: 'end', reason: 'patience' });
    }
    // A run has its own.
    await t.throwsAsync(goOn({ run: () => resume(path) }), {
      instanceOf: InvalidArgumentError,
      message: /resumeFrom beside/,
    });
  },
);

test.serial('a training does not go on with another text, or with the same numbers of another alphabet', async (t) => {
  const path = join(await temporaryDirectory(t), 'run');
  const begun = { ...options(), fingerprint: 'abc' };
  await withModel((model) => eventsOf(fit(model, { ...begun, run: create(path) })));
  const resumed = (more: Partial<FitOptions>) =>
    withModel((model) => eventsOf(fit(model, { ...begun, run: () => resume(path), ...more })));
  await t.notThrowsAsync(resumed({}));
  await t.throwsAsync(resumed({ fingerprint: 'abd' }), { instanceOf: SourceChangedError, message: /SHA-256 abc/ });
  const found = latestCheckpoint(RunDirectory.checkpoints(path))?.checkpoint;
  if (!found) return t.fail();
  const tokenizer = { ...found.tokenizer, alphabet: 'other' } as typeof found.tokenizer;
  await t.throwsAsync(resumed({ run: undefined, resumeFrom: { ...found, tokenizer } }), {
    instanceOf: SourceChangedError,
    message: /another tokenizer/,
  });
});

test.serial(
  'the temperature of the best model is fitted at the end, once, and neither checkpoints nor the model that was trained know of it',
  async (t) => {
    const quick = { ...options(), optimizer: adam({ learningRate: 0.1 }), fitTemperature: true };
    const plain = await withModel(async (model) => {
      await eventsOf(fit(model, { ...quick, fitTemperature: false }));
      return weightsOf(model);
    });
    const path = join(await temporaryDirectory(t), 'run');
    const stop = new AbortController();
    const stopping = tap((event: FitEvent) => {
      if (event.type === 'step' && event.step.step === 3) stop.abort();
    });
    const stopped = await withModel((model) =>
      eventsOf(fit(model, { ...quick, run: create(path), signal: stop.signal }).pipe(stopping)),
    );
    t.false(stopped.some(({ type }) => type === 'temperature'));
    const events = await withModel(async (model) => {
      const run = await resume(path);
      const all = await eventsOf(fit(model, { ...quick, run }));
      t.deepEqual(weightsOf(model), plain);
      return all;
    });
    const [fitted, end] = events.slice(-2);
    t.is(end?.type, 'end');
    if (fitted?.type !== 'temperature') return t.fail(`a temperature, not ${fitted?.type}`);
    const lines = metricsIn(path);
    const lowest = Math.min(...lines.map(({ validNatsPerToken }) => validNatsPerToken));
    const best = lines.find(({ validNatsPerToken }) => validNatsPerToken === lowest);
    t.is(best?.temperature, fitted.temperature);
    t.is(best?.fittedNatsPerToken, fitted.evaluation.natsPerToken);
    t.true(fitted.temperature > 1.05 && fitted.evaluation.natsPerToken < lowest, JSON.stringify(best));
    t.is(lines.filter(({ temperature }) => temperature !== undefined).length, 1);
    const saved = await RunDirectory.loadBest(path);
    t.is((await evaluate(saved, validBatches)).natsPerToken, fitted.evaluation.natsPerToken);
    saved.dispose();
    const card = readFileSync(join(path, 'best', 'README.md'), 'utf8');
    t.regex(
      card,
      new RegExp(`temperature, fitted on the validation text *\\| *${Number(fitted.temperature.toFixed(4))}`),
    );
    const weights = readFileSync(join(path, 'best', 'model.safetensors'));
    const again = await withModel((model) => eventsOf(fit(model, { ...quick, run: () => resume(path) })));
    t.false(again.some(({ type }) => type === 'step'));
    t.deepEqual(metricsIn(path), lines);
    t.deepEqual(readFileSync(join(path, 'best', 'model.safetensors')), weights);
  },
);

test.serial(
  'a temperature is not fitted of a model whose projection is tied, nor without a run, nor of junk',
  async (t) => {
    const path = join(await temporaryDirectory(t), 'run');
    const fitted = { ...options(), fitTemperature: true, run: create(path) };
    const refusal = (message: RegExp) => ({ instanceOf: InvalidArgumentError, message });
    const tied = smallModel({ cell: 'lstm', embeddingSize: 4, hiddenSize: 4, tieWeights: true });
    t.throws(() => fit(tied, fitted), refusal(/projection of its own beside fitTemperature/));
    tied.dispose();
    await withModel(async (model) => {
      t.throws(() => fit(model, { ...fitted, run: undefined }), refusal(/Expected run beside fitTemperature/));
      t.throws(
        () => fit(model, { ...fitted, fitTemperature: 1 as never }),
        refusal(/fitTemperature to be true or false/),
      );
    });
    t.false(existsSync(path));
  },
);

test.serial('who says to stop while a temperature is fitted ends the training, and the next one fits it', async (t) => {
  const path = join(await temporaryDirectory(t), 'run');
  const stop = new AbortController();
  let isOver = false;
  async function* stopping() {
    for await (const batch of validBatches) {
      if (isOver) stop.abort();
      yield batch;
    }
  }
  const given = { ...options(), fitTemperature: true, validBatches: { [Symbol.asyncIterator]: stopping } };
  const ends = tap((event: FitEvent) => {
    isOver ||= event.type === 'evaluation' && event.metrics.epoch === given.until.epochs;
  });
  const stopped = await withModel((model) =>
    eventsOf(fit(model, { ...given, run: create(path), signal: stop.signal }).pipe(ends)),
  );
  t.like(stopped.at(-1), { type: 'end', reason: 'aborted' });
  t.false(stopped.some(({ type }) => type === 'temperature'));
  const resumed = await withModel(async (model) =>
    eventsOf(fit(model, { ...options(), fitTemperature: true, run: await resume(path) })),
  );
  t.true(resumed.some(({ type }) => type === 'temperature'));
});

test.serial('no tensors are left', async (t) => {
  const directory = await temporaryDirectory(t);
  let runs = 0;
  const fitOnce = (given: Partial<FitOptions>) =>
    withModel((model) => eventsOf(fit(model, { ...options(), ...given })));
  t.deepEqual(await leftBehind(() => fitOnce({})), nothing);
  const fitted = () => fitOnce({ fitTemperature: true, run: create(join(directory, `${runs++}`)) });
  t.deepEqual(await leftBehind(fitted), nothing);
});

test('options that cannot be used are refused at once', async (t) => {
  const mistakes: [Partial<FitOptions>, RegExp][] = [
    [{ until: {} }, /Expected until to have epochs, steps, minutes or patience/],
    [{ until: { epochs: 0 } }, /until\.epochs/],
    [{ until: { patience: 1.5 } }, /until\.patience/],
    [{ until: { minutes: -1 } }, /until\.minutes/],
    [{ until: { steps: 0 } }, /until\.steps/],
    [{ evaluateEvery: 0 }, /evaluateEvery/],
    [{ checkpointEvery: 0 }, /checkpointEvery/],
    [{ clipNorm: 0 }, /clipNorm/],
    [{ validBatches: undefined as never }, /validBatches/],
    [{ notes: 'abc' as never }, /notes/],
    ...['epochs', 'totals', 'fingerprint', 'best'].map((name): [Partial<FitOptions>, RegExp] => [
      { notes: { [name]: 1 } },
      new RegExp(`without epochs.*got ${name}$`),
    ]),
  ];
  await withModel(async (model) => {
    for (const [mistake, message] of mistakes)
      t.throws(() => fit(model, { ...options(), ...mistake }), { instanceOf: InvalidArgumentError, message });
  });
});
