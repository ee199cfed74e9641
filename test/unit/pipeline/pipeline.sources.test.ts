import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import test from 'ava';
import { of, Subject, take } from 'rxjs';
import { SourceError } from '../../../src/errors.js';
import { pipeline } from '../../../src/pipeline/pipeline.js';
import type { Source } from '../../../src/pipeline/Source.js';
import { collect } from '../../support/collect.js';

const SOURCES: Readonly<Record<string, () => Source<string>>> = {
  'an array': () => ['a', 'b'],
  'a set': () => new Set(['a', 'b']),
  'a generator': () =>
    (function* () {
      yield* ['a', 'b'];
    })(),
  'an asynchronous generator': () =>
    (async function* () {
      yield* ['a', 'b'];
    })(),
  'a stream': () => Readable.from(['a', 'b']),
  'a web stream': () => Readable.toWeb(Readable.from(['a', 'b'])),
  'a pipeline': () => pipeline(['a', 'b']),
  'an object with both iterators, of which the asynchronous one counts': () => ({
    [Symbol.iterator]: () => ['sync'].values(),
    async *[Symbol.asyncIterator]() {
      yield* ['a', 'b'];
    },
  }),
};

for (const [name, source] of Object.entries(SOURCES))
  test(`${name} can be a source`, async (t) => {
    t.deepEqual(await collect(pipeline(source())), ['a', 'b']);
  });

for (const name of ['a generator', 'an asynchronous generator', 'a stream', 'a web stream'])
  test(`${name} that is read twice is a SourceError, not an empty stream`, async (t) => {
    const source = SOURCES[name]?.() ?? [];
    await collect(pipeline(source));
    await t.throwsAsync(collect(pipeline(source)), {
      instanceOf: SourceError,
      message: /^Expected a source that can be read again, got a generator or stream that was read before\./,
    });
  });

for (const [name, use] of Object.entries({
  'a stream that somebody else has read': async (): Promise<Source<string>> => {
    const stream = Readable.from(['a', 'b']);
    await collect(stream);
    return stream;
  },
  'a web stream that somebody else reads': async (): Promise<Source<string>> => {
    const stream: ReadableStream<string> = Readable.toWeb(Readable.from(['a', 'b']));
    await stream.getReader().read();
    return stream;
  },
}))
  test(`${name} is a SourceError, not an empty stream`, async (t) => {
    await t.throwsAsync(collect(pipeline(await use())), { instanceOf: SourceError, message: /read before/ });
  });

test('a generator that is read by two at the same time is a SourceError for the second', async (t) => {
  const items = pipeline(SOURCES['a generator']?.() ?? []);
  const [first, second] = await Promise.allSettled([collect(items), collect(items)]);
  t.deepEqual(first, { status: 'fulfilled', value: ['a', 'b'] });
  t.is(second.status, 'rejected');
});

const NONE: Readonly<Record<string, readonly [unknown, string]>> = {
  'a string': ['speech.txt', '"speech.txt" (string)'],
  'a number': [7, '7 (number)'],
  null: [null, 'null'],
  undefined: [undefined, 'undefined'],
  'a generator function': [function* () {}, 'a function'],
  'a promise': [Promise.resolve([1]), 'an instance of Promise'],
};

for (const [name, [source, words]] of Object.entries(NONE)) {
  const expected = {
    instanceOf: SourceError,
    message: `Expected a pipeline's source to be an iterable or async iterable object, got ${words}. Read files with readText(path).`,
  };

  test(`${name} as a source is a SourceError when it is iterated`, async (t) => {
    await t.throwsAsync(collect(pipeline(source as Source<unknown>)), expected);
  });

  test(`${name} as a source is a SourceError when it is subscribed to`, async (t) => {
    await t.throwsAsync(
      pipeline(source as Source<unknown>).forEach(() => {}),
      expected,
    );
  });
}

for (const [name, source] of Object.entries({
  'an observable': of(1),
  'a subject': new Subject(),
  'what .pipe() makes of a pipeline': pipeline([1]).pipe(take(1)),
  'an object with subscribe()': { subscribe: () => ({ unsubscribe: () => {} }) },
}))
  test(`${name} as a source is a SourceError that says what to do instead`, async (t) => {
    const error = await t.throwsAsync(collect(pipeline(source as unknown as Source<unknown>)), {
      instanceOf: SourceError,
    });
    t.regex(
      error.message,
      /got an observable \(.+\), which cannot be slowed.* Pass an async iterable, such as a Node stream/,
    );
  });

test('an object that can be iterated and subscribed to is iterated', async (t) => {
  const source = { subscribe: () => t.fail(), [Symbol.iterator]: () => ['a', 'b'].values() };
  t.deepEqual(await collect(pipeline(source)), ['a', 'b']);
});
