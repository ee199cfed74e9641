import { createReadStream } from 'node:fs';
import test from 'ava';
import type { OperatorFunction } from 'rxjs';
import { SourceError } from '../../../src/errors.js';
import { dropDuplicates } from '../../../src/pipeline/dropDuplicates.js';
import { holdOut } from '../../../src/pipeline/holdOut.js';
import { pipeline } from '../../../src/pipeline/pipeline.js';
import type { Source } from '../../../src/pipeline/Source.js';
import { splitLines } from '../../../src/pipeline/splitLines.js';
import { splitSentences } from '../../../src/pipeline/splitSentences.js';
import { tokenize } from '../../../src/pipeline/tokenize.js';
import { CharacterTokenizer } from '../../../src/text/CharacterTokenizer.js';
import { collect } from '../../support/collect.js';
import { temporaryFile } from '../../support/temporaryFiles.js';

const OPERATORS: Readonly<Record<string, OperatorFunction<string, unknown>>> = {
  splitSentences: splitSentences(),
  splitLines: splitLines(),
  tokenize: tokenize(new CharacterTokenizer('ab')),
  holdOut: holdOut({ fraction: 0.5, keep: 'train' }),
  dropDuplicates: dropDuplicates(),
};
const CHUNKS: Readonly<Record<string, readonly [unknown, string]>> = {
  bytes: [Uint8Array.of(97), 'an instance of Uint8Array'],
  buffers: [Buffer.from('a'), 'an instance of Buffer'],
  numbers: [7, '7 (number)'],
  undefined: [undefined, 'undefined'],
  null: [null, 'null'],
  objects: [{ text: 'a' }, 'an instance of Object'],
};

for (const [name, operator] of Object.entries(OPERATORS))
  for (const [kind, [chunk, words]] of Object.entries(CHUNKS))
    test(`${name}, given ${kind}, is a SourceError that names readText`, async (t) => {
      const source = [chunk] as Source<string>;
      const { message } = await t.throwsAsync(collect(pipeline(source, operator)), { instanceOf: SourceError });
      t.regex(
        message,
        new RegExp(`^Expected ${name}\\(\\) to be given strings, got .*\\. pipeline\\(readText\\(source\\), …\\) `),
      );
      t.true(message.includes(words), message);
    });

test('a file’s stream, as a pipeline’s source, is a SourceError that says what makes text of bytes', async (t) => {
  const stream = createReadStream(await temporaryFile(t, 'We will.'));
  await t.throwsAsync(collect(pipeline(stream, splitSentences())), {
    instanceOf: SourceError,
    message:
      'Expected splitSentences() to be given strings, got an instance of Buffer. pipeline(readText(source), …) makes text of bytes',
  });
  t.true(stream.destroyed);
});
