import { setImmediate } from 'node:timers/promises';
import test from 'ava';
import {
  asapScheduler,
  asyncScheduler,
  bufferTime,
  concatMap,
  debounceTime,
  delay,
  endWith,
  filter,
  ignoreElements,
  lastValueFrom,
  map,
  merge,
  mergeMap,
  mergeWith,
  NEVER,
  type OperatorFunction,
  observeOn,
  of,
  queueScheduler,
  scan,
  startWith,
  switchMap,
  take,
  takeUntil,
  tap,
  throwError,
  timer,
  toArray,
} from 'rxjs';
import { AsynchronousOperatorError, InvalidArgumentError } from '../../../src/errors.js';
import { pipeline } from '../../../src/pipeline/pipeline.js';
import { splitSentences } from '../../../src/pipeline/splitSentences.js';
import { CountingSource } from '../../support/CountingSource.js';
import { collect, collectUntilError } from '../../support/collect.js';
import { hold, settle } from '../../support/eventLoop.js';
import { StuckSource } from '../../support/StuckSource.js';

const SYNCHRONOUS: Readonly<Record<string, readonly [OperatorFunction<number, unknown>, readonly unknown[]]>> = {
  'startWith(9)': [startWith(9), [9, 0, 1, 2]],
  'endWith(9)': [endWith(9), [0, 1, 2, 9]],
  'toArray()': [toArray(), [[0, 1, 2]]],
  scan: [scan((sum, n) => sum + n, 0), [0, 1, 3]],
  'take(2)': [take(2), [0, 1]],
  'take(0)': [take(0), []],
  'concatMap of arrays': [concatMap((n) => [n, n]), [0, 0, 1, 1, 2, 2]],
  'mergeMap of observables': [mergeMap((n) => of(n, n)), [0, 0, 1, 1, 2, 2]],
  'observeOn(queueScheduler)': [observeOn(queueScheduler), [0, 1, 2]],
};

for (const [name, [operator, expected]] of Object.entries(SYNCHRONOUS))
  test(`${name} works inside`, async (t) => {
    t.deepEqual(await collect(pipeline(new CountingSource(3), operator)), [...expected]);
  });

test('each iteration has its own memory of operators', async (t) => {
  const sums = pipeline(
    new CountingSource(3),
    scan((sum, n) => sum + n, 0),
  );
  t.deepEqual(await Promise.all([collect(sums), collect(sums)]), [
    [0, 1, 3],
    [0, 1, 3],
  ]);
});

test('what an operator emits before it fails comes before the error', async (t) => {
  const error = new Error('after three');
  const items = pipeline(
    [[1, 2, 3, 4]],
    concatMap((chunk) => chunk),
    tap((n) => {
      if (n === 4) throw error;
    }),
  );
  t.deepEqual(await collectUntilError(items), { items: [1, 2, 3], error });
});

test('what an operator emits at the end before it fails comes before the error', async (t) => {
  const error = new Error('at the end');
  const items = pipeline([1], endWith(2), (source) =>
    source.pipe(mergeMap((n) => (n === 2 ? throwError(() => error) : [n, n]))),
  );
  t.deepEqual(await collectUntilError(items), { items: [1, 1], error });
});

const ASYNCHRONOUS: Readonly<Record<string, readonly OperatorFunction<number, number>[]>> = {
  'delay(1)': [delay(1)],
  'delay(1), take(1)': [delay(1), take(1)],
  'concatMap of a promise': [concatMap(async (n) => n)],
  'concatMap of a promise, take(1)': [concatMap(async (n) => n), take(1)],
  'mergeMap of a promise that fails': [mergeMap((n) => Promise.reject<number>(new Error(`${n}`)))],
  'switchMap of a timer': [switchMap((n) => timer(1).pipe(map(() => n)))],
  'observeOn(asyncScheduler)': [observeOn(asyncScheduler)],
  'observeOn(asapScheduler)': [observeOn(asapScheduler)],
  'debounceTime(1)': [debounceTime(1)],
  'bufferTime(1)': [
    (source) =>
      source.pipe(
        bufferTime(1),
        concatMap((buffer) => buffer),
      ),
  ],
  'takeUntil a timer': [takeUntil(timer(1))],
  'filter(false), mergeWith a timer': [filter(() => false), mergeWith(timer(1))],
};

for (const [name, operators] of Object.entries(ASYNCHRONOUS)) {
  const run = (source: AsyncIterable<number>) =>
    (pipeline as (source: AsyncIterable<number>, ...all: OperatorFunction<number, number>[]) => AsyncIterable<number>)(
      source,
      ...operators,
    );

  test(`${name} is an AsynchronousOperatorError while a read never settles`, async (t) => {
    await t.throwsAsync(collect(run(new StuckSource(0))), { instanceOf: AsynchronousOperatorError });
  });

  test(`${name} is an AsynchronousOperatorError on an endless source, which is closed`, async (t) => {
    const source = new CountingSource();
    await t.throwsAsync(collect(run(source)), { instanceOf: AsynchronousOperatorError });
    t.is(source.closed, 1);
  });
}

for (const [name, operator] of Object.entries({
  'delay(1)': delay<number>(1),
  'concatMap of a promise': concatMap(async (n: number) => n),
  'mergeWith(NEVER)': mergeWith<number, [never]>(NEVER),
}))
  test(`${name} is an AsynchronousOperatorError when its input ends: it stays open`, async (t) => {
    await t.throwsAsync(collect(pipeline(new CountingSource(2), operator)), {
      instanceOf: AsynchronousOperatorError,
      message:
        /^Expected every operator of a pipeline to be synchronous, got one that .*\. .* put it after the pipeline/,
    });
  });

test('an operator that emits while the event loop turns, before a read that never settles, is an error too', async (t) => {
  const items = pipeline(new StuckSource(0), (source) =>
    merge(
      source.pipe(concatMap(() => setImmediate(1))),
      source.pipe(
        tap(() => hold(20)),
        ignoreElements(),
      ),
    ),
  );
  await t.throwsAsync(collect(items), { instanceOf: AsynchronousOperatorError });
});

test('the error of an asynchronous operator that failed has the failure as its cause', async (t) => {
  const failure = new Error('of the promise');
  const items = pipeline(
    new StuckSource(0),
    concatMap(() => Promise.reject(failure)),
  );
  const error = await t.throwsAsync(collect(items), { instanceOf: AsynchronousOperatorError });
  t.is(error.cause, failure);
});

test('no item is handed on after an operator turned out to be asynchronous', async (t) => {
  const seen: number[] = [];
  const items = pipeline(
    [[1, 2, 3]],
    concatMap((chunk) => chunk),
    mergeWith(timer(100).pipe(map(() => 9))),
  );
  const loop = async (): Promise<void> => {
    for await (const item of items) {
      seen.push(item);
      // Due by now, and not before the first item, however slow the machine is.
      hold(150);
      await settle();
    }
  };
  await t.throwsAsync(loop, { instanceOf: AsynchronousOperatorError });
  t.deepEqual(seen, [1]);
});

test('an asynchronous operator is an error of the observable', async (t) => {
  const items = pipeline(new StuckSource(0), delay(1)).pipe(take(5));
  await t.throwsAsync(
    items.forEach(() => {}),
    { instanceOf: AsynchronousOperatorError },
  );
});

test('after the pipeline, an asynchronous operator may stand', async (t) => {
  const items = pipeline(new CountingSource(3)).pipe(delay(1), toArray());
  t.deepEqual(await lastValueFrom(items), [0, 1, 2]);
});

test('an operator that is not a function is an InvalidArgumentError where the pipeline is composed', (t) => {
  t.throws(() => pipeline([1], 'operator' as never), {
    instanceOf: InvalidArgumentError,
    message: 'Expected operator 0 of the pipeline to be a function, got "operator" (string)',
  });
});

test('an operator that was not called is an InvalidArgumentError that says what it returned', async (t) => {
  const notCalled = splitSentences as never;
  await t.throwsAsync(lastValueFrom(pipeline(['We will.'], notCalled)), {
    instanceOf: InvalidArgumentError,
    message: 'Expected what operator 0 of the pipeline returns to be an observable, got a function',
  });
});
