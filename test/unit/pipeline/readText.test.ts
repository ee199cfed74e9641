import { readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import test from 'ava';
import { of, take } from 'rxjs';
import { EncodingError, SourceError } from '../../../src/errors.js';
import type { TextSource } from '../../../src/pipeline/openText.js';
import { pipeline } from '../../../src/pipeline/pipeline.js';
import { readText } from '../../../src/pipeline/readText.js';
import { collect } from '../../support/collect.js';
import { settle } from '../../support/eventLoop.js';
import fc from '../../support/fastCheck.js';
import { temporaryDirectory, temporaryFile } from '../../support/temporaryFiles.js';
import { linuxTest } from '../../support/testWith.js';

const encoder = new TextEncoder();
const onLinux = linuxTest(test.serial);

async function read(sources: TextSource | readonly TextSource[]): Promise<string> {
  return (await collect(readText(sources))).join('');
}

/** Gives these pieces each time it is read. */
function pieces<T>(...all: readonly T[]): AsyncIterable<T> {
  return {
    async *[Symbol.asyncIterator]() {
      yield* all;
    },
  };
}

/** Cuts at these places, in whatever order they come. */
function cut<T extends { readonly length: number; slice(start: number, end: number): T }>(
  whole: T,
  places: readonly number[],
): T[] {
  const ends = [...places.map((place) => place % (whole.length + 1)), whole.length].sort((a, b) => a - b);
  return ends.map((end, index) => whole.slice(ends[index - 1] ?? 0, end));
}

function foldedReference(text: string): string {
  return text.split('\r\n').join('\n').split('\r').join('\n');
}

const text = fc.string({ unit: fc.constantFrom('a', 'ß', '€', '😀', '\r', '\n', '\r\n', '\ufeff', ' ') });
const places = fc.array(fc.nat(), { maxLength: 10 });

test('a file is read from its path and from its URL', async (t) => {
  const path = await temporaryFile(t, 'We will.\nYes.');
  t.is(await read(path), 'We will.\nYes.');
  t.is(await read(pathToFileURL(path)), 'We will.\nYes.');
});

test('a file larger than a chunk comes in chunks, in order', async (t) => {
  const content = Array.from({ length: 50_000 }, (_, line) => `Line ${line}.`).join('\n');
  const chunks = await collect(readText(await temporaryFile(t, content)));
  t.true(chunks.length > 1);
  t.is(chunks.join(''), content);
});

test('each iteration reads again', async (t) => {
  const source = readText(await temporaryFile(t, 'Again.'));
  t.deepEqual([await collect(source), await collect(source)], [['Again.'], ['Again.']]);
});

test('an empty file is an empty text', async (t) => {
  t.deepEqual(await collect(readText(await temporaryFile(t, ''))), []);
});

test('wherever bytes are cut, the text is the same', async (t) => {
  await fc.assert(
    fc.asyncProperty(text, places, async (written, cuts) => {
      const whole = await read(pieces(encoder.encode(written)));
      return (await read(pieces(...cut(encoder.encode(written), cuts)))) === whole;
    }),
  );
  t.pass();
});

test('wherever strings are cut, the text is the same, and no chunk ends inside a character', async (t) => {
  await fc.assert(
    fc.asyncProperty(text, places, async (written, cuts) => {
      const whole = await read(pieces(written));
      const chunks = await collect(readText(pieces(...cut(written, cuts))));
      return chunks.join('') === whole && !chunks.some((chunk) => /\p{Surrogate}/u.test(chunk));
    }),
  );
  t.pass();
});

test('every line end becomes \\n, and nothing else changes', async (t) => {
  await fc.assert(
    fc.asyncProperty(text, places, async (written, cuts) => {
      const expected = foldedReference(written.startsWith('\ufeff') ? written.slice(1) : written);
      return (await read(pieces(...cut(encoder.encode(written), cuts)))) === expected;
    }),
  );
  t.pass();
});

test('a line end that is cut in two is one', async (t) => {
  t.is(await read(pieces('a\r', '\nb\r', 'c\r', '', '\n', '\nd\r')), 'a\nb\nc\n\nd\n');
});

test('a surrogate without its other half comes out as it is', async (t) => {
  t.is(await read(pieces('a\ud83d', 'b', '\ude00', '\ud83d')), 'a\ud83db\ude00\ud83d');
});

test('a byte-order mark is removed at the start of every source, and only there', async (t) => {
  const first = await temporaryFile(t, '\ufeffa\ufeffb');
  const second = await temporaryFile(t, '\ufeff\ufeffc');
  t.is(await read([first, second, pieces('\ufeffd')]), 'a\ufeffb\n\n\ufeffc\n\nd');
});

test('a byte-order mark is removed when it is cut, or comes after empty pieces', async (t) => {
  t.is(await read(pieces(new Uint8Array(0), Uint8Array.of(0xef), Uint8Array.of(0xbb), Uint8Array.of(0xbf, 0x61))), 'a');
  t.is(await read(pieces('', '\ufeff', '\ufeffa')), '\ufeffa');
});

test('sources are separated by a blank line', async (t) => {
  const paths = [await temporaryFile(t, 'One.'), await temporaryFile(t, 'Two.\r'), await temporaryFile(t, '\nThree.')];
  t.is(await read(paths), 'One.\n\nTwo.\n\n\n\nThree.');
});

test('no sources are an empty text', async (t) => {
  t.is(await read([]), '');
});

test('streams, web streams and iterables of bytes or strings can be sources', async (t) => {
  const chunks = ['We ', 'will.'];
  t.is(await read(Readable.from(chunks)), 'We will.');
  t.is(await read(new Blob(chunks).stream() as AsyncIterable<Uint8Array>), 'We will.');
  t.is(await read(pieces(...chunks)), 'We will.');
  t.is(await read(pieces<string | Uint8Array>('We ', encoder.encode('will'), '.')), 'We will.');
});

test('a stream that is read twice is a SourceError, not an empty text', async (t) => {
  const source = readText(Readable.from(['We will.']));
  t.deepEqual(await collect(source), ['We will.']);
  await t.throwsAsync(collect(source), { instanceOf: SourceError, message: /read before/ });
});

test('one corrupted byte is an EncodingError that names the file and the beginning of the character', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      text,
      text,
      fc.constantFrom('ß', '€', '😀'),
      fc.nat(3),
      places,
      async (before, after, hurt, at, cuts) => {
        const start = encoder.encode(before).length;
        const bytes = encoder.encode(before + hurt + after);
        bytes[start + (at % encoder.encode(hurt).length)] = 0xff;
        const error = await collect(readText(pieces(...cut(bytes, cuts)))).catch((reason: unknown) => reason);
        return error instanceof EncodingError && error.byteOffset === start && error.source === 'text source 0';
      },
    ),
  );
  t.pass();
});

test('the text before an invalid byte comes out, but for the chunk that holds it', async (t) => {
  const chunks: string[] = [];
  const reading = async (): Promise<void> => {
    for await (const chunk of readText(pieces(encoder.encode('good'), Uint8Array.of(0x61, 0xff)))) chunks.push(chunk);
  };
  t.like(await t.throwsAsync(reading, { instanceOf: EncodingError }), { byteOffset: 5 });
  t.deepEqual(chunks, ['good']);
});

test('a file that ends inside a character is an EncodingError that names its path', async (t) => {
  const path = await temporaryFile(t, encoder.encode('abc€').subarray(0, 5));
  await t.throwsAsync(read(path), {
    instanceOf: EncodingError,
    message: `Expected ${path} to be UTF-8 text, got an invalid byte sequence at byte 3`,
  });
});

test('a character that goes on in a string is an EncodingError', async (t) => {
  await t.throwsAsync(read(pieces<string | Uint8Array>(Uint8Array.of(0xe2, 0x82), 'a')), { instanceOf: EncodingError });
});

test('offsets count from the start of each source', async (t) => {
  const path = await temporaryFile(t, Uint8Array.of(0x61, 0xff));
  const error = await t.throwsAsync(read([await temporaryFile(t, 'a long text'), path]), { instanceOf: EncodingError });
  t.like(error, { source: path, byteOffset: 1 });
});

test('a missing file is a SourceError, when it is reached', async (t) => {
  const path = join(await temporaryDirectory(t), 'missing.txt');
  const chunks: string[] = [];
  const reading = async (): Promise<void> => {
    for await (const chunk of readText([pieces('before'), path])) chunks.push(chunk);
  };
  await t.throwsAsync(reading, {
    instanceOf: SourceError,
    message: `Expected ${path} to be a readable file: there is no such file`,
  });
  t.deepEqual(chunks, ['before']);
});

test('a directory is a SourceError', async (t) => {
  const path = await temporaryDirectory(t);
  await t.throwsAsync(read(path), {
    instanceOf: SourceError,
    message: `Expected ${path} to be a readable file: it is a directory`,
  });
});

test('a path that cannot be is a SourceError', async (t) => {
  await t.throwsAsync(read('a\0b'), { instanceOf: SourceError, message: /to be a readable file/ });
  await t.throwsAsync(read(new URL('file://elsewhere/a%2Fb')), { instanceOf: SourceError, message: /^Expected file:/ });
});

test('a URL of another protocol is a SourceError that tells what to do', (t) => {
  t.throws(() => readText(new URL('ftp://example.org/speech.txt')), {
    instanceOf: SourceError,
    message:
      'Expected a file:, http: or https: URL, got ftp://example.org/speech.txt. For another one, pass what it holds as a stream.',
  });
});

const NONE: Readonly<Record<string, readonly [unknown, string]>> = {
  undefined: [undefined, 'undefined'],
  'a number': [1, '1 (number)'],
  'an object': [{}, 'an instance of Object'],
  'a function': [() => 'text', 'a function'],
};

for (const [name, [source, words]] of Object.entries(NONE))
  test(`${name} as a source is a SourceError at once`, (t) => {
    t.throws(() => readText(['speech.txt', source as TextSource]), {
      instanceOf: SourceError,
      message: `Expected a path, a URL or an async iterable of strings or bytes as text source 1, got ${words}`,
    });
  });

test('an observable as a source is a SourceError at once that says what to do instead', (t) => {
  t.throws(() => readText(['speech.txt', of('text') as unknown as TextSource]), {
    instanceOf: SourceError,
    message: /as text source 1, got an observable .*, which cannot be slowed.* Pass an async iterable/,
  });
});

test('what .pipe() makes of a pipeline is no source, the pipeline is one', async (t) => {
  const words = pipeline(['We ', 'will.']);
  t.is(await read(words), 'We will.');
  t.throws(() => readText(words.pipe(take(1)) as unknown as TextSource), { instanceOf: SourceError });
});

test('a source of neither strings nor bytes is a SourceError', async (t) => {
  await t.throwsAsync(read(pieces(7) as AsyncIterable<never>), {
    instanceOf: SourceError,
    message: 'Expected text source 0 to give strings or bytes, got 7 (number)',
  });
});

test('an error of a source goes through as it is', async (t) => {
  const error = Object.assign(new Error('connection lost'), { code: 'ECONNRESET' });
  const broken = {
    async *[Symbol.asyncIterator]() {
      yield 'before';
      throw error;
    },
  };
  t.is(await t.throwsAsync(read(broken)), error);
});

test('break closes the source', async (t) => {
  let closed = false;
  const source = {
    async *[Symbol.asyncIterator]() {
      try {
        for (;;) yield 'chunk';
      } finally {
        closed = true;
      }
    },
  };
  for await (const _ of readText(source)) break;
  t.true(closed);
});

for (const [way, leave] of Object.entries({
  break: (): void => {},
  'an error in the loop': (): void => {
    throw new Error('of the loop');
  },
}))
  onLinux(`${way} closes the file`, async (t) => {
    const path = await temporaryFile(t, 'x'.repeat(300_000));
    const isOpen = async (): Promise<boolean> => {
      const names = await readdir('/proc/self/fd');
      const targets = await Promise.all(names.map((name) => readlink(join('/proc/self/fd', name)).catch(() => '')));
      return targets.includes(path);
    };
    let openWithin = false;
    try {
      for await (const _ of readText(path)) {
        openWithin = await isOpen();
        leave();
        break;
      }
    } catch {}
    t.true(openWithin);
    while (await isOpen()) await settle();
    t.pass();
  });
