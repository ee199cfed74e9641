import { spawnSync } from 'node:child_process';
import { createReadStream, openSync } from 'node:fs';
import { appendFile, rename, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import test from 'ava';
import { SourceError } from '../../../src/errors.js';
import { readText } from '../../../src/pipeline/readText.js';
import { collect } from '../../support/collect.js';
import { temporaryDirectory, temporaryFile } from '../../support/temporaryFiles.js';
import { unixTest } from '../../support/testWith.js';

const CHANGES: Readonly<Record<string, (path: string) => Promise<void>>> = {
  'cut short': (path) => truncate(path, 100),
  'cut to nothing': (path) => truncate(path, 0),
  longer: (path) => appendFile(path, 'x'),
  'written over with as many bytes': async (path) => {
    const { size } = await stat(path);
    await writeFile(path, Buffer.alloc(size, 'b'));
    await utimes(path, 1, 1);
  },
  'replaced by one of the same size and time': async (path) => {
    const { size, atime, mtime } = await stat(path);
    await writeFile(`${path}.new`, Buffer.alloc(size, 'b'));
    await utimes(path, atime, mtime);
    await utimes(`${path}.new`, atime, mtime);
    await rename(`${path}.new`, path);
  },
};

for (const [name, change] of Object.entries(CHANGES)) {
  const expected = {
    instanceOf: SourceError,
    message: /^Expected .*text\.txt to stay as it was when it was first read, /,
  };

  test(`a file that is ${name} between two readings is a SourceError that names it, before any text`, async (t) => {
    for (const toSource of [String, pathToFileURL]) {
      const path = await temporaryFile(t, 'a'.repeat(1000));
      const source = readText(toSource(path));
      await collect(source);
      await change(path);
      await t.throwsAsync(source[Symbol.asyncIterator]().next(), expected);
    }
  });

  test(`a file that is ${name} while it is read is a SourceError that names it`, async (t) => {
    const path = await temporaryFile(t, 'a'.repeat(200_000));
    const reading = async (): Promise<void> => {
      let chunks = 0;
      for await (const _ of readText(path)) if (chunks++ === 0) await change(path);
    };
    await t.throwsAsync(reading, expected);
  });
}

test('a packed file that is cut short while it is read is told of as that', async (t) => {
  const path = join(await temporaryDirectory(t), 'text.txt.gz');
  const noise = Array.from({ length: 200_000 }, (_, index) => String((index * 7919) % 10007)).join(' ');
  await writeFile(path, gzipSync(noise));
  const reading = async (): Promise<void> => {
    let chunks = 0;
    for await (const _ of readText(path)) if (chunks++ === 0) await truncate(path, 70_000);
  };
  await t.throwsAsync(reading, { instanceOf: SourceError, message: /to stay as it was/ });
});

test('a file that is removed while it is read is read to its end', async (t) => {
  const path = await temporaryFile(t, 'a'.repeat(200_000));
  let length = 0;
  for await (const chunk of readText(path)) {
    if (length === 0) await rm(path);
    length += chunk.length;
  }
  t.is(length, 200_000);
});

test('another readText of the same file reads what is there now', async (t) => {
  const path = await temporaryFile(t, 'One.');
  t.deepEqual(await collect(readText(path)), ['One.']);
  await writeFile(path, 'Another.');
  t.deepEqual(await collect(readText(path)), ['Another.']);
});

const pipeTest = unixTest();

pipeTest('a named pipe is read once; again, it is a SourceError that names spool, and nobody waits', async (t) => {
  const path = join(await temporaryDirectory(t), 'pipe');
  spawnSync('mkfifo', [path]);
  const source = readText(path);
  const [text] = await Promise.all([collect(source), writeFile(path, 'We will.')]);
  t.deepEqual(text, ['We will.']);
  await t.throwsAsync(collect(source), { instanceOf: SourceError, message: /pipe to be a regular file, .* spool\(/ });
});

test('a stream of a file that cannot be read is a SourceError', async (t) => {
  const directory = await temporaryDirectory(t);
  const missing = createReadStream(join(directory, 'none'));
  await t.throwsAsync(collect(readText(missing)), { instanceOf: SourceError, message: /there is no such file$/ });
  const writeOnly = createReadStream('', { fd: openSync(join(directory, 'new'), 'w') });
  await t.throwsAsync(collect(readText(writeOnly)), {
    instanceOf: SourceError,
    message: /it is not open for reading$/,
  });
});

test('an empty path is a SourceError at once', (t) => {
  t.throws(() => readText(''), { instanceOf: SourceError, message: /got "" \(string\)$/ });
});
