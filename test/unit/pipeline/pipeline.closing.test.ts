import test from 'ava';
import { filter, finalize, map, of, type Subscription, take, tap, throwError } from 'rxjs';
import { pipeline } from '../../../src/pipeline/pipeline.js';
import { CountingSource } from '../../support/CountingSource.js';
import { collect, collectUntilError } from '../../support/collect.js';
import { settle } from '../../support/eventLoop.js';
import { StuckSource } from '../../support/StuckSource.js';

test('break closes the source, and waits for it', async (t) => {
  const log: string[] = [];
  const source = {
    async *[Symbol.asyncIterator]() {
      try {
        for (;;) yield 1;
      } finally {
        await settle();
        log.push('closed');
      }
    },
  };
  for await (const _ of pipeline(source)) break;
  log.push('after the loop');
  t.deepEqual(log, ['closed', 'after the loop']);
});

test('an error in the loop closes the source and goes on', async (t) => {
  const source = new CountingSource();
  const error = new Error('of the loop');
  const loop = async (): Promise<void> => {
    for await (const item of pipeline(source)) if (item === 2) throw error;
  };
  t.is(await t.throwsAsync(loop), error);
  t.like(source, { reads: 3, closed: 1 });
});

test('unsubscribed between two reads, the source is closed without another one', async (t) => {
  const source = new CountingSource();
  const subscription: Subscription = pipeline(source).subscribe((item) => {
    if (item === 2) subscription.unsubscribe();
  });
  await settle();
  t.true(subscription.closed);
  t.like(source, { reads: 3, closed: 1 });
});

test('take after the pipeline closes the source without another read', async (t) => {
  const source = new CountingSource();
  pipeline(source).pipe(take(2)).subscribe();
  await settle();
  t.like(source, { reads: 2, closed: 1 });
});

test('take inside the pipeline closes the source before the end', async (t) => {
  const source = new CountingSource();
  t.deepEqual(await collect(pipeline(source, take(2))), [0, 1]);
  t.like(source, { reads: 2, closed: 1 });
});

test('an error in an operator closes the source', async (t) => {
  const source = new CountingSource();
  const error = new Error('of the operator');
  const items = pipeline(
    source,
    map((n) => {
      if (n === 2) throw error;
      return n;
    }),
  );
  t.deepEqual(await collectUntilError(items), { items: [0, 1], error });
  t.like(source, { reads: 3, closed: 1 });
});

test('an error in an operator after the pipeline closes the source', async (t) => {
  const source = new CountingSource();
  const items = pipeline(source).pipe(
    tap((n) => {
      if (n === 2) throw new Error('of the operator');
    }),
  );
  await t.throwsAsync(
    items.forEach(() => {}),
    { message: 'of the operator' },
  );
  t.like(source, { reads: 3, closed: 1 });
});

test('an error of the source closes the operators and goes on', async (t) => {
  const error = new Error('of the source');
  let closed = false;
  const source = {
    async *[Symbol.asyncIterator]() {
      yield 1;
      throw error;
    },
  };
  const items = pipeline(
    source,
    finalize(() => {
      closed = true;
    }),
  );
  t.deepEqual(await collectUntilError(items), { items: [1], error });
  t.true(closed);
});

test('an error of a synchronous source goes on', async (t) => {
  const error = new Error('of the source');
  const source = {
    *[Symbol.iterator]() {
      yield 1;
      throw error;
    },
  };
  t.deepEqual(await collectUntilError(pipeline(source)), { items: [1], error });
});

test('a source that ended or failed is not closed as well', async (t) => {
  const calls: string[] = [];
  const source = (next: () => IteratorResult<number>) => ({
    [Symbol.iterator]: () => ({
      next,
      return() {
        calls.push('return');
        throw new Error('of the closing');
      },
    }),
  });
  t.deepEqual(await collect(pipeline(source(() => ({ done: true, value: undefined })))), []);
  const failing = source(() => {
    throw new Error('of the reading');
  });
  await t.throwsAsync(collect(pipeline(failing)), { message: 'of the reading' });
  t.deepEqual(calls, []);
});

test('a source without a return method may be left', async (t) => {
  const source = { [Symbol.iterator]: () => ({ next: () => ({ done: false, value: 1 }) }) };
  for await (const item of pipeline(source)) {
    t.is(item, 1);
    break;
  }
});

test('unsubscribed while a read is pending, the operators are closed at once and the source when the read settles', async (t) => {
  const source = new StuckSource(1);
  const seen: number[] = [];
  let operatorsClosed = false;
  const items = pipeline(
    source,
    tap((n) => seen.push(n)),
    finalize(() => {
      operatorsClosed = true;
    }),
  );
  const subscription = items.subscribe();
  await settle();
  subscription.unsubscribe();
  await settle();
  t.true(operatorsClosed);
  t.false(source.closed);
  source.release();
  await settle();
  t.true(source.closed);
  t.deepEqual(seen, [1]);
});

test('unsubscribed while it reads on for an item, it reads no further', async (t) => {
  let reads = 0;
  const source = {
    async *[Symbol.asyncIterator]() {
      for (;;) {
        await settle();
        yield reads++;
      }
    },
  };
  const subscription = pipeline(
    source,
    filter(() => false),
  ).subscribe();
  while (reads < 3) await settle();
  subscription.unsubscribe();
  const before = reads;
  for (let turns = 0; turns < 10; turns++) await settle();
  t.true(reads <= before + 1, `${reads} reads, ${before} when it was unsubscribed`);
});

test('return() ends a next() that is pending, without the remainder', async (t) => {
  const source = new StuckSource(1);
  const iterator = pipeline(
    source,
    filter(() => false),
  )[Symbol.asyncIterator]();
  const next = iterator.next();
  await settle();
  t.deepEqual(await iterator.return(), { done: true, value: undefined });
  t.deepEqual(await next, { done: true, value: undefined });
});

test('unsubscribing from the outermost of nested pipelines reaches the innermost', async (t) => {
  const source = new StuckSource(1);
  let innerClosed = false;
  const inner = pipeline(
    source,
    finalize(() => {
      innerClosed = true;
    }),
  );
  const subscription = pipeline(pipeline(inner)).subscribe();
  await settle();
  subscription.unsubscribe();
  await settle();
  t.true(innerClosed);
  source.release();
  await settle();
  t.true(source.closed);
});

test('a read that fails after it was given up is nobody’s error', async (t) => {
  let fail: (error: Error) => void = () => {};
  const source = {
    [Symbol.asyncIterator]: () => ({
      next: () =>
        new Promise<IteratorResult<number>>((_, reject) => {
          fail = reject;
        }),
      return: () => Promise.reject(new Error('of the closing')),
    }),
  };
  const subscription = pipeline(source).subscribe(() => t.fail());
  await settle();
  subscription.unsubscribe();
  fail(new Error('of the read'));
  await settle();
  t.pass();
});

test('an operator that fails at once closes without reading', async (t) => {
  const source = new CountingSource();
  await t.throwsAsync(collect(pipeline(source, () => throwError(() => new Error('at once')))), { message: 'at once' });
  t.is(source.reads, 0);
});

test('an operator that is done at once ends without reading', async (t) => {
  const source = new CountingSource();
  t.deepEqual(await collect(pipeline(source, () => of('a', 'b'))), ['a', 'b']);
  t.deepEqual(await collect(pipeline(source, take(0))), []);
  t.is(source.reads, 0);
});
