import { spawnSync } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { InvalidArgumentError, SourceError } from '../../../src/errors.js';
import { readText } from '../../../src/pipeline/readText.js';
import { spool } from '../../../src/pipeline/spool.js';
import { collect } from '../../support/collect.js';
import { temporaryDirectory } from '../../support/temporaryFiles.js';

const onUnix = process.platform === 'win32' ? test.serial.skip : test.serial;

onUnix('a device is a SourceError at once, and nothing is left', async (t) => {
  const directory = await temporaryDirectory(t);
  const before = process.env['TMPDIR'];
  process.env['TMPDIR'] = directory;
  t.teardown(() => {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
  });
  await t.throwsAsync(spool('/dev/zero'), {
    instanceOf: SourceError,
    message:
      'Expected /dev/zero to be a text that ends, got a device. Where a part of it is meant, give that, as head -c 1000000 does',
  });
  t.deepEqual(await readdir(directory), []);
});

test('a text that is longer than it may be is a SourceError, not a full disk', async (t) => {
  const endless = async function* () {
    for (;;) yield 'y\n'.repeat(1000);
  };
  await t.throwsAsync(spool(endless(), { maxBytes: 100_000 }), {
    instanceOf: SourceError,
    message: 'Expected a text of at most 100000 bytes, got a longer one',
  });
});

onUnix('records of a named pipe are spooled as they stand, packed or not, and read as what they are', async (t) => {
  const directory = await temporaryDirectory(t);
  for (const [name, content] of [
    ['pipe', 'pandas.jsonl'],
    ['pipe.jsonl', 'pandas.jsonl'],
    ['pipe.jsonl.zst', 'checksum.jsonl.zst'],
  ] as const) {
    const path = join(directory, name);
    spawnSync('mkfifo', [path]);
    const [{ path: file, remove }] = await Promise.all([
      spool(path, { format: '.jsonl' }),
      readFile(`test/fixtures/sources/${content}`).then((bytes) => writeFile(path, bytes)),
    ]);
    t.regex(file, /text\.jsonl$/);
    const texts = JSON.parse(await readFile('test/fixtures/sources/texts.json', 'utf8'));
    t.is((await collect(readText(file, { field: 'text' }))).join(''), texts.join('\n\n'));
    await remove();
  }
});

test('options that cannot be used are errors', async (t) => {
  await t.throwsAsync(spool('a.txt', { format: '.gz' }), { instanceOf: InvalidArgumentError });
  await t.throwsAsync(spool('a.txt', { maxBytes: 0 }), { instanceOf: InvalidArgumentError });
});
