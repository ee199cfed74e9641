import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import {
  asapScheduler,
  EMPTY,
  firstValueFrom,
  lastValueFrom,
  map,
  NEVER,
  observeOn,
  Subject,
  take,
  throwError,
  toArray,
} from 'rxjs';
import { FileWriteError, InspectionError, InvalidArgumentError } from '../../../src/errors.js';
import { type BackendName, useBackend } from '../../../src/model/backend.js';
import { LanguageModel } from '../../../src/model/LanguageModel.js';
import { logToTensorBoard } from '../../../src/monitoring/logToTensorBoard.js';
import { histogram } from '../../../src/monitoring/tensorboard/histogram.js';
import type { Tokenizer } from '../../../src/text/Tokenizer.js';
import type { TrainingStep } from '../../../src/training/TrainingStep.js';
import { eventFilesOf, readEvents, readTag, readValues } from '../../support/eventFiles.js';
import { smallModel, tokenizerOfSize } from '../../support/languageModels.js';
import { leftBehind, nothing } from '../../support/memory.js';
import { LOADER, moduleAt } from '../../support/places.js';
import { temporaryDirectory, temporaryFile } from '../../support/temporaryFiles.js';
import { stepsOf, watch } from '../../support/trainingSteps.js';

const stepsLogged = (directory: string, tag: string): number[] => readTag(directory, tag).map(([step]) => step);
const EVALUATION = { sentences: 3, tokens: 9, natsPerToken: 1.5, bitsPerCharacter: 2.25, perplexity: 4.5 };

// ── Scalars ──

test('steps are handed on as they are', async (t) => {
  const model = smallModel({ cell: 'lstm' });
  const seen: TrainingStep[] = [];
  const log = logToTensorBoard(await temporaryDirectory(t));
  const steps = await lastValueFrom(
    stepsOf(model, 3).pipe(
      watch((step) => seen.push(step)),
      log,
      toArray(),
    ),
  );
  t.is(steps.length, 3);
  t.true(steps.every((step, index) => step === seen[index]));
  model.dispose();
});

test('loss, norms and learning rate of every tenth step are logged, by default', async (t) => {
  const dir = await temporaryDirectory(t);
  const model = smallModel({ cell: 'lstm' });
  const steps = await lastValueFrom(stepsOf(model, 25).pipe(logToTensorBoard(dir), toArray()));
  const tenths = steps.filter(({ step }) => step % 10 === 0);
  const tags = {
    'loss/train': 'loss',
    'gradient_norm/before_clipping': 'gradientNorm',
    'gradient_norm/after_clipping': 'clippedNorm',
    'training/learning_rate': 'learningRate',
  } as const;
  for (const [tag, property] of Object.entries(tags))
    t.deepEqual(
      readTag(dir, tag),
      tenths.map((step) => [step.step, Math.fround(step[property])]),
      tag,
    );
  model.dispose();
});

test('the share of clipped steps, tokens per second and padding are those since the last that were logged', async (t) => {
  const dir = await temporaryDirectory(t);
  const log = logToTensorBoard(dir, { every: 4, histogramsEvery: Infinity });
  const model = smallModel({ cell: 'lstm' });
  const altered = map((step: TrainingStep): TrainingStep => {
    const clipped = step.step === 3 ? step.gradientNorm / 2 : step.gradientNorm;
    return { ...step, clippedNorm: clipped, tokens: 9, paddedPlaces: step.step, tokensPerSecond: 9 / (step.step + 1) };
  });
  await lastValueFrom(stepsOf(model, 9).pipe(altered, log));
  t.deepEqual(readTag(dir, 'gradient_norm/clipped_steps'), [
    [0, 0],
    [4, 0.25],
    [8, 0],
  ]);
  t.deepEqual(readTag(dir, 'training/tokens_per_second'), [
    [0, 9],
    [4, Math.fround(36 / (2 + 3 + 4 + 5))],
    [8, Math.fround(36 / (6 + 7 + 8 + 9))],
  ]);
  t.deepEqual(readTag(dir, 'training/padding'), [
    [0, 0],
    [4, Math.fround(10 / 46)],
    [8, Math.fround(26 / 62)],
  ]);
  model.dispose();
});

test('bits per character count the characters of the batch, EOS as one', async (t) => {
  const dir = await temporaryDirectory(t);
  const characters = tokenizerOfSize(7);
  // Every token but EOS stands for two characters.
  const tokenizer: Tokenizer = {
    ...{ vocabularySize: 7, eosId: 1, unknownId: 2, encode: characters.encode, decode: characters.decode },
    ...{ detokenizer: characters.detokenizer, toJSON: characters.toJSON },
    characterCount: (ids) => 2 * ids.length - 1,
  };
  const model = new LanguageModel({ cell: 'lstm', tokenizer, embeddingSize: 3, hiddenSize: 4 });
  const step = await lastValueFrom(stepsOf(model, 1).pipe(logToTensorBoard(dir)));
  const nats = step.loss * 9;
  t.deepEqual(readTag(dir, 'bits_per_character/train'), [[0, Math.fround(nats / Math.LN2 / 15)]]);
  model.dispose();
});

// ── Histograms ──

test('histograms of gradients, weights and gates are logged every two hundredth step, by default', async (t) => {
  const dir = await temporaryDirectory(t);
  const model = smallModel({ cell: 'rnn' });
  await lastValueFrom(stepsOf(model, 201).pipe(logToTensorBoard(dir)));
  const tags = new Set(readValues(dir).flatMap(({ plugin, tag }) => (plugin === 'histograms' ? [tag] : [])));
  const names = Object.keys(model.weights);
  t.deepEqual(
    [...tags].sort(),
    [
      ...names.map((name) => `gradients/${name}`),
      ...names.map((name) => `weights/${name}`),
      'gates/layer_0/hidden',
    ].sort(),
  );
  for (const tag of tags) t.deepEqual(stepsLogged(dir, tag), [0, 200], tag);
  model.dispose();
});

for (const cell of ['rnn', 'lstm', 'gru'] as const)
  test(`${cell}: histograms are of what the step worked with; those of gates leave padding out`, async (t) => {
    const dir = await temporaryDirectory(t);
    const model = smallModel({ cell, layers: 2, dropout: 0.5 });
    const expected = new Map<string, number[]>();
    const note = (tag: string, numbers: Iterable<number>): void =>
      void expected.set(tag, [...histogram(Float32Array.from(numbers))]);
    const look = watch((_, inspection) => {
      const {
        gradients,
        weights,
        batch: { mask },
      } = inspection;
      for (const [name, gradient] of Object.entries(gradients)) note(`gradients/${name}`, gradient.dataSync());
      for (const [name, weight] of Object.entries(weights)) note(`weights/${name}`, weight.dataSync());
      for (const [layer, ofLayer] of inspection.gates().entries())
        for (const [name, gate] of Object.entries(ofLayer)) {
          const kept = [...gate.dataSync()].filter((_, place) => mask[Math.floor(place / 4)] === 1);
          t.is(kept.length, 9 * 4);
          note(`gates/layer_${layer}/${name}`, kept);
        }
    });
    await lastValueFrom(stepsOf(model, 3).pipe(look, logToTensorBoard(dir, { histogramsEvery: 2 })));
    const last = readValues(dir).filter(({ plugin, step }) => plugin === 'histograms' && step === 2);
    t.deepEqual(new Map(last.map(({ tag, value }) => [tag, value])), expected as Map<string, unknown>);
    model.dispose();
  });

// ── Beside the steps ──

test("the model's configuration and the settings are logged once, with the first step", async (t) => {
  const dir = await temporaryDirectory(t);
  const model = smallModel({ cell: 'gru' });
  const log = logToTensorBoard(dir, { settings: { learningRate: 0.1, corpus: 'größe.txt' } });
  await lastValueFrom(stepsOf(model, 11).pipe(log));
  await lastValueFrom(stepsOf(model, 2).pipe(log));
  const found = readTag(dir, '_hparams_/session_start_info');
  t.is(found.length, 1);
  const [step, content] = found[0] ?? [];
  t.is(step, 0);
  for (const name of [...Object.keys(model.config), 'learningRate', 'corpus', 'größe.txt'])
    t.true(String(content).includes(name), name);
  model.dispose();
});

test('validation, texts and numbers are logged at the last step, or at that which is given, at once', async (t) => {
  const dir = await temporaryDirectory(t);
  const model = smallModel({ cell: 'lstm' });
  const log = logToTensorBoard(dir);
  log.text('sample', 'before');
  await lastValueFrom(stepsOf(model, 8).pipe(log));
  log.validation(EVALUATION);
  log.validation({ ...EVALUATION, natsPerToken: 1.25 }, 9);
  log.text('sample', 'We *will*.');
  log.scalar('mine', NaN);
  t.deepEqual(readTag(dir, 'loss/validation'), [
    [7, 1.5],
    [9, 1.25],
  ]);
  t.deepEqual(readTag(dir, 'bits_per_character/validation'), [
    [7, 2.25],
    [9, 2.25],
  ]);
  t.deepEqual(readTag(dir, 'sample'), [
    [0, 'before'],
    [7, 'We *will*.'],
  ]);
  t.deepEqual(readTag(dir, 'mine'), [[7, NaN]]);
  t.is(eventFilesOf(dir).length, 1);
  model.dispose();
});

test('a training begins with the mark at which TensorBoard drops what was logged of later steps', async (t) => {
  const dir = await temporaryDirectory(t);
  const model = smallModel({ cell: 'lstm' });
  await lastValueFrom(stepsOf(model, 4).pipe(logToTensorBoard(dir, { every: 2 })));
  await lastValueFrom(stepsOf(model, 2, { first: 3 }).pipe(logToTensorBoard(dir, { every: 2 })));
  const log = readEvents(dir).map(({ type, step }) => [type, step]);
  t.deepEqual(log, [
    ['version', 0],
    ['start', 0],
    ['values', 0],
    ['values', 2],
    ['version', 0],
    ['start', 3],
    ['values', 3],
    ['values', 4],
  ]);
  model.dispose();
});

// ── A stream ──

test('no step, no log: the end is passed on', async (t) => {
  const dir = await temporaryDirectory(t);
  t.deepEqual(await lastValueFrom(EMPTY.pipe(logToTensorBoard(dir), toArray())), []);
  t.deepEqual(eventFilesOf(dir), []);
});

test("the source's error is passed on, and what was logged before it stays", async (t) => {
  const dir = await temporaryDirectory(t);
  const error = new Error('the source failed');
  const steps = new Subject<TrainingStep>();
  const model = smallModel({ cell: 'lstm' });
  const ended = lastValueFrom(steps.pipe(logToTensorBoard(dir)));
  stepsOf(model, 1).subscribe((step) => steps.next(step));
  steps.error(error);
  t.is(await t.throwsAsync(ended), error);
  t.deepEqual(stepsLogged(dir, 'loss/train'), [0]);
  model.dispose();
});

test('unsubscribed, it leaves its source; what was logged is there', async (t) => {
  const dir = await temporaryDirectory(t);
  const model = smallModel({ cell: 'lstm' });
  const step = await firstValueFrom(stepsOf(model, 5).pipe(logToTensorBoard(dir, { every: 1 }), take(1)));
  t.is(step.step, 0);
  t.deepEqual(stepsLogged(dir, 'loss/train'), [0]);
  const source = new Subject<TrainingStep>();
  source.pipe(logToTensorBoard(dir)).subscribe().unsubscribe();
  t.false(source.observed);
  model.dispose();
});

test('after a process that was killed, every event that it had logged can be read', async (t) => {
  const dir = await temporaryDirectory(t);
  const source = (path: string): string => moduleAt(path).href;
  const program = `
    import { logToTensorBoard } from '${source('src/monitoring/logToTensorBoard.ts')}';
    import { smallModel } from '${source('test/support/languageModels.ts')}';
    import { stepsOf } from '${source('test/support/trainingSteps.ts')}';
    import { writeSync } from 'node:fs';
    const log = logToTensorBoard(${JSON.stringify(dir)}, { every: 1, histogramsEvery: 1 });
    stepsOf(smallModel({ cell: 'lstm' }), 100_000).pipe(log).subscribe(({ step }) => writeSync(1, step + '\\n'));`;
  const args = [...LOADER, '--input-type=module', '--eval', program];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let printed = '';
  child.stdout.on('data', (chunk) => {
    printed += chunk;
    if (printed.includes('\n30\n')) child.kill('SIGKILL');
  });
  const [, signal] = await once(child, 'close');
  t.is(signal, 'SIGKILL');
  const emitted = printed.trimEnd().split('\n').map(Number);
  const logged = stepsLogged(dir, 'loss/train');
  t.deepEqual(logged.slice(0, emitted.length), emitted);
  t.true(logged.length <= emitted.length + 1);
});

// ── Errors ──

test('a log that cannot be written is an error of the stream, and of whoever adds to it', async (t) => {
  const dir = join(await temporaryDirectory(t), 'run');
  const model = smallModel({ cell: 'lstm' });
  const log = logToTensorBoard(dir, { every: 1 });
  const seen: number[] = [];
  const failing = stepsOf(model, 5).pipe(
    log,
    watch(({ step }) => {
      seen.push(step);
      if (step === 1) rmSync(dir, { recursive: true });
    }),
  );
  const expectation = {
    instanceOf: FileWriteError,
    message: /^Expected to log to .*\/run\/events\.out\..*, got ENOENT/,
  };
  await t.throwsAsync(lastValueFrom(failing), expectation);
  t.deepEqual(seen, [0, 1]);
  t.throws(() => log.validation(EVALUATION), expectation);
  t.throws(() => log.text('sample', 'text'), expectation);
  model.dispose();
});

test('behind an asynchronous operator, steps can no longer be inspected: an InspectionError of the stream', async (t) => {
  const model = smallModel({ cell: 'lstm' });
  const late = stepsOf(model, 2).pipe(observeOn(asapScheduler), logToTensorBoard(await temporaryDirectory(t)));
  await t.throwsAsync(lastValueFrom(late), { instanceOf: InspectionError });
  model.dispose();
});

test('what is no directory is an InvalidArgumentError at once', async (t) => {
  const file = await temporaryFile(t, 'text');
  const wrong: [unknown, string][] = [
    ['', 'Expected dir to be the path of a directory, got "" (string)'],
    [undefined, 'Expected dir to be the path of a directory, got undefined'],
    ['/dev/null', 'Expected dir to be a directory, got "/dev/null" (string)'],
  ];
  for (const [dir, message] of wrong)
    t.throws(() => logToTensorBoard(dir as string), { instanceOf: InvalidArgumentError, message });
  t.throws(() => logToTensorBoard(file), { instanceOf: InvalidArgumentError });
});

const wrongOptions: [object, string][] = [
  [{ settings: null }, 'Expected settings to be an object, got null'],
  [{ every: 0 }, 'Expected every to be an integer of at least 1, got 0 (number)'],
  [{ every: 1.5 }, 'Expected every to be an integer of at least 1, got 1.5 (number)'],
  [{ every: Infinity }, 'Expected every to be an integer of at least 1, got Infinity (number)'],
  [{ histogramsEvery: -1 }, 'Expected histogramsEvery to be an integer of at least 1, got -1 (number)'],
  [{ histogramsEvery: NaN }, 'Expected histogramsEvery to be an integer of at least 1, got NaN (number)'],
  [
    { settings: { corpus: ['a'] } },
    'Expected settings.corpus to be a string, a number or a boolean, got an instance of Array',
  ],
];
for (const [options, message] of wrongOptions)
  test(`${message} at once`, (t) => {
    t.throws(() => logToTensorBoard('runs/none', options), { instanceOf: InvalidArgumentError, message });
  });

test('what cannot be logged is an InvalidArgumentError, and nothing is written', async (t) => {
  const dir = await temporaryDirectory(t);
  const log = logToTensorBoard(dir);
  const calls: [() => void, string][] = [
    [() => log.scalar('', 1), 'Expected tag to be a string that is not empty, got "" (string)'],
    [
      () => log.text(undefined as unknown as string, ''),
      'Expected tag to be a string that is not empty, got undefined',
    ],
    [() => log.scalar('a', '1' as unknown as number), 'Expected value to be a number, got "1" (string)'],
    [() => log.text('a', 1 as unknown as string), 'Expected text to be a string, got 1 (number)'],
    [() => log.scalar('a', 1, -1), 'Expected step to be an integer of at least 0, got -1 (number)'],
    [() => log.validation(EVALUATION, 0.5), 'Expected step to be an integer of at least 0, got 0.5 (number)'],
  ];
  for (const [call, message] of calls) t.throws(call, { instanceOf: InvalidArgumentError, message });
  t.deepEqual(eventFilesOf(dir), []);
});

// ── Memory and backends ──

for (const [how, count] of [
  ['ends', Infinity],
  ['is left early', 2],
] as const)
  test.serial(`a training that is logged and ${how} leaves no tensor behind`, async (t) => {
    const dir = await temporaryDirectory(t);
    const model = smallModel({ cell: 'lstm', layers: 2, dropout: 0.5 });
    const steps = stepsOf(model, 4).pipe(logToTensorBoard(dir, { every: 1, histogramsEvery: 1 }), take(count));
    t.deepEqual(await leftBehind(() => lastValueFrom(steps)), nothing);
    model.dispose();
  });

test.serial('a log that fails, and one whose source never emits, leave no tensor behind', async (t) => {
  const dir = await temporaryDirectory(t);
  const model = smallModel({ cell: 'lstm' });
  const log = logToTensorBoard(join(dir, 'run'));
  writeFileSync(join(dir, 'run'), 'a file where the directory is due');
  const failing = () => t.throwsAsync(lastValueFrom(stepsOf(model, 2).pipe(log)), { instanceOf: FileWriteError });
  t.deepEqual(await leftBehind(failing), nothing);
  t.deepEqual(await leftBehind(() => NEVER.pipe(log).subscribe().unsubscribe()), nothing);
  t.deepEqual(await leftBehind(() => lastValueFrom(throwError(() => 0).pipe(log)).catch(() => 0)), nothing);
  model.dispose();
});

for (const backend of ['cpu', 'wasm'] satisfies BackendName[])
  test.serial(`${backend}: everything is logged, and no weight is changed by it`, async (t) => {
    const before = await useBackend();
    await useBackend(backend);
    const dir = await temporaryDirectory(t);
    const [model, other] = [smallModel({ cell: 'lstm', layers: 2 }), smallModel({ cell: 'lstm', layers: 2 })];
    await lastValueFrom(stepsOf(model, 3).pipe(logToTensorBoard(dir, { every: 1, histogramsEvery: 1 })));
    await lastValueFrom(stepsOf(other, 3));
    for (const [name, weight] of Object.entries(model.weights))
      t.deepEqual(weight.dataSync(), other.weights[name]?.dataSync(), name);
    t.deepEqual(stepsLogged(dir, 'loss/train'), [0, 1, 2]);
    t.deepEqual(stepsLogged(dir, 'gates/layer_1/forget'), [0, 1, 2]);
    model.dispose();
    other.dispose();
    await useBackend(before);
  });
