import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { filter } from 'rxjs';
import { SourceError } from '../../../src/errors.js';
import { endDocuments } from '../../../src/pipeline/endDocuments.js';
import { pipeline } from '../../../src/pipeline/pipeline.js';
import { readDocuments } from '../../../src/pipeline/readDocuments.js';
import { END_OF_DOCUMENT, type TextChunk } from '../../../src/text/TextChunk.js';
import { collect } from '../../support/collect.js';
import { operatorFacts } from '../../support/operatorFacts.js';
import { temporaryDirectory } from '../../support/temporaryFiles.js';

test('each file is a document, its white space as it stands, its line ends as one', async (t) => {
  const directory = await temporaryDirectory(t);
  writeFileSync(join(directory, '1.txt'), '  a\r\n\n b\n');
  writeFileSync(join(directory, '2.txt'), 'c');
  t.deepEqual(await collect(readDocuments(join(directory, '*.txt'))), [
    '  a\n\n b\n',
    END_OF_DOCUMENT,
    'c',
    END_OF_DOCUMENT,
  ]);
});

test('a file that is missing is an error that names it', async (t) => {
  await t.throwsAsync(collect(readDocuments('/nowhere/at all.txt')), { instanceOf: SourceError, message: /at all/ });
});

test('endDocuments makes a document of each string', async (t) => {
  t.deepEqual(await collect(pipeline(['One.', 'Two.'], endDocuments())), [
    'One.',
    END_OF_DOCUMENT,
    'Two.',
    END_OF_DOCUMENT,
  ]);
  await t.throwsAsync(collect(pipeline([1 as unknown as string], endDocuments())), { instanceOf: SourceError });
});

// Its ends alone: it gives two items for each.
operatorFacts<string, TextChunk>({
  operator: () => (source) =>
    source.pipe(
      endDocuments(),
      filter((chunk) => chunk === END_OF_DOCUMENT),
    ),
  item: 'One.',
  result: END_OF_DOCUMENT,
});
