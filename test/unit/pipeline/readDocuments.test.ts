import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { SourceError } from '../../../src/errors.js';
import { readDocuments } from '../../../src/pipeline/readDocuments.js';
import { collect } from '../../support/collect.js';
import { temporaryDirectory } from '../../support/temporaryFiles.js';

test('each file is a document, its white space as it stands, its line ends as one', async (t) => {
  const directory = await temporaryDirectory(t);
  writeFileSync(join(directory, '1.txt'), '  a\r\n\n b\n');
  writeFileSync(join(directory, '2.txt'), 'c');
  const chunks = await collect(readDocuments(join(directory, '*.txt')));
  t.deepEqual(
    chunks.map(({ text, end }) => ({ text, end })),
    [
      { text: '  a\n\n b\n', end: false },
      { text: '', end: true },
      { text: 'c', end: false },
      { text: '', end: true },
    ],
  );
});

test('a file that is missing is an error that names it', async (t) => {
  await t.throwsAsync(collect(readDocuments('/nowhere/at all.txt')), { instanceOf: SourceError, message: /at all/ });
});
