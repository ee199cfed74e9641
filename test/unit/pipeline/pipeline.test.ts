import { setTimeout as wait } from 'node:timers/promises';
import test from 'ava';
import { concatMap, filter, finalize, lastValueFrom, map, Observable, of, take, tap, toArray } from 'rxjs';
import { pipeline } from '../../../src/pipeline/pipeline.js';
import { CountingSource } from '../../support/CountingSource.js';
import { collect } from '../../support/collect.js';
import fc from '../../support/fastCheck.js';

test('without operators, the items are the source’s chunks', async (t) => {
  t.deepEqual(await collect(pipeline([1, 2, 3])), [1, 2, 3]);
});

test('operators apply in the order of the arguments', async (t) => {
  const items = pipeline(
    [1, 2, 3, 4],
    filter((n) => n % 2 === 0),
    map((n) => n * 10),
    map((n) => `${n}!`),
  );
  t.deepEqual(await collect(items), ['20!', '40!']);
});

test('it is an observable and gives the same items when subscribed', async (t) => {
  const items = pipeline(
    new CountingSource(3),
    map((n) => n * 10),
  );
  t.true(items instanceof Observable);
  t.deepEqual(await lastValueFrom(items.pipe(toArray())), [0, 10, 20]);
});

test('pipe() returns a plain observable', (t) => {
  t.is(Object.getPrototypeOf(pipeline([1]).pipe(map((n) => n))), Observable.prototype);
});

test('nothing is opened before someone subscribes or iterates', (t) => {
  const source = new CountingSource();
  const items = pipeline(source);
  items.pipe(take(1));
  items[Symbol.asyncIterator]();
  t.is(source.opened, 0);
});

test('iterated, the source is never read ahead of the consumer', async (t) => {
  const source = new CountingSource(20);
  for await (const item of pipeline(source)) {
    await wait(1);
    t.is(source.reads, item + 1);
  }
});

test('subscribed, the source is never read ahead of the consumer', async (t) => {
  const source = new CountingSource(20);
  await pipeline(source).forEach((item) => {
    t.is(source.reads, item + 1);
  });
});

test('behind pipe(), the source is never read ahead of the consumer', async (t) => {
  const source = new CountingSource(20);
  const items = pipeline(source).pipe(
    concatMap((item) => of(item, item)),
    tap((item) => t.is(source.reads, item + 1)),
  );
  t.is((await lastValueFrom(items.pipe(toArray()))).length, 40);
});

test('through nested pipelines, the source is never read ahead of the consumer', async (t) => {
  const source = new CountingSource(20);
  const inner = pipeline(
    source,
    map((n) => n),
  );
  for await (const item of pipeline(
    pipeline(inner),
    concatMap((n) => [n, n]),
  ))
    t.is(source.reads, item + 1);
});

test('whatever number of items a chunk gives, the next is read when the last of them was taken', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(4), { maxLength: 30 }), async (counts) => {
      const source = new CountingSource(counts.length);
      const items = pipeline(
        source,
        concatMap((chunk) => Array.from({ length: counts[chunk] ?? 0 }, () => chunk)),
      );
      let seen = 0;
      for await (const chunk of items) {
        if (source.reads !== chunk + 1) return false;
        seen++;
      }
      return seen === counts.reduce((sum, count) => sum + count, 0);
    }),
  );
  t.pass();
});

test('iterated twice, it reads twice', async (t) => {
  const source = new CountingSource(3);
  const items = pipeline(source);
  t.deepEqual(
    [await collect(items), await collect(items)],
    [
      [0, 1, 2],
      [0, 1, 2],
    ],
  );
  t.is(source.opened, 2);
});

test('subscribed twice, it reads twice, and neither slows the other', async (t) => {
  const source = new CountingSource(3);
  const items = pipeline(source).pipe(toArray());
  t.deepEqual(await Promise.all([lastValueFrom(items), lastValueFrom(items)]), [
    [0, 1, 2],
    [0, 1, 2],
  ]);
  t.is(source.opened, 2);
});

test('next() may be called again before it has resolved', async (t) => {
  const iterator = pipeline([1, 2])[Symbol.asyncIterator]();
  const results = await Promise.all([iterator.next(), iterator.next(), iterator.next(), iterator.next()]);
  t.deepEqual(
    results.map(({ value, done }) => (done ? 'end' : value)),
    [1, 2, 'end', 'end'],
  );
});

test('a pipeline that nobody has begun to read ends without opening its source', async (t) => {
  const source = new CountingSource();
  const iterator = pipeline(source)[Symbol.asyncIterator]();
  t.deepEqual(await iterator.return(), { done: true, value: undefined });
  t.deepEqual(await iterator.next(), { done: true, value: undefined });
  t.is(source.opened, 0);
});

test('one iteration subscribes once to its operators, and unsubscribes', async (t) => {
  const log: string[] = [];
  const items = pipeline(
    new CountingSource(2),
    tap({ subscribe: () => log.push('subscribe') }),
    finalize(() => log.push('finalize')),
  );
  await collect(items);
  t.deepEqual(log, ['subscribe', 'finalize']);
});
