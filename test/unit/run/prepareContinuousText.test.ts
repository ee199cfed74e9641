import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { lastValueFrom, toArray } from 'rxjs';
import { InvalidArgumentError, SourceError } from '../../../src/errors.js';
import { LanguageModel } from '../../../src/model/LanguageModel.js';
import { countedOf } from '../../../src/pipeline/countedOf.js';
import { fit } from '../../../src/run/fit.js';
import { prepareContinuousText } from '../../../src/run/prepareContinuousText.js';
import { SentencePieceTokenizer } from '../../../src/text/SentencePieceTokenizer.js';
import { sgd } from '../../../src/training/sgd.js';
import { collect } from '../../support/collect.js';
import { temporaryDirectory } from '../../support/temporaryFiles.js';

const VERSE = 'To be, or not to be:\n  that is the question.\n\nHAMLET\n'.repeat(20);

/** Two documents, and a text to validate on. */
async function corpus(t: Parameters<typeof temporaryDirectory>[0]) {
  const directory = await temporaryDirectory(t);
  writeFileSync(join(directory, 'a1.txt'), VERSE);
  writeFileSync(join(directory, 'a2.txt'), `${VERSE}!`);
  writeFileSync(join(directory, 'valid.txt'), 'not to be\n');
  return { corpus: join(directory, 'a*.txt'), validation: join(directory, 'valid.txt') };
}

test('the last 5 % of each document is held out, and every token counts once in an epoch', async (t) => {
  const { corpus: path } = await corpus(t);
  const text = await prepareContinuousText({ corpus: path, rows: 4, window: 10 });
  const cuts = [VERSE, `${VERSE}!`].map((one) => Math.round(one.length * 0.95));
  t.is(text.size.train.tokens, (cuts[0] ?? 0) + (cuts[1] ?? 0) + 2);
  t.is(text.size.valid.tokens, 2 * VERSE.length + 1 - (cuts[0] ?? 0) - (cuts[1] ?? 0) + 2);
  t.is(text.largestBatch, 40);
  for (const epoch of [0, 1]) {
    const batches = await collect(text.batches(epoch));
    const counted = batches.flatMap((batch) => [...countedOf(batch)]).reduce((sum, ids) => sum + ids.length, 0);
    t.is(counted, text.size.train.tokens);
  }
  t.notDeepEqual((await collect(text.batches(0)))[0], (await collect(text.batches(1)))[0]);
  t.deepEqual((await collect(text.batches(1)))[0], (await collect(text.batches(1)))[0]);
});

test('with a text of its own to validate on, nothing is held out; it is read by 16 rows', async (t) => {
  const text = await prepareContinuousText({ ...(await corpus(t)), rows: 4, window: 10 });
  t.is(text.size.train.tokens, 2 * VERSE.length + 1 + 2);
  t.is(text.size.valid.tokens, 'not to be\n'.length + 1);
  t.is((await collect(text.validBatches))[0]?.size, 16);
});

test('pieces are learned with white space, and a tokenizer that drops it is refused', async (t) => {
  const paths = await corpus(t);
  const { tokenizer } = await prepareContinuousText({ ...paths, tokenizer: { pieces: 32 }, rows: 2 });
  t.is(tokenizer.decode(tokenizer.encode(VERSE)), VERSE);
  const dropping = await SentencePieceTokenizer.train([VERSE.replaceAll('\n', ' ')], { vocabularySize: 30 });
  await t.throwsAsync(prepareContinuousText({ ...paths, tokenizer: dropping }), { instanceOf: InvalidArgumentError });
});

test('a text without a token is refused', async (t) => {
  const directory = await temporaryDirectory(t);
  writeFileSync(join(directory, 'empty.txt'), '');
  await t.throwsAsync(prepareContinuousText({ corpus: join(directory, 'empty.txt') }), { instanceOf: SourceError });
});

test('where all or none of a text is held out, the error says so', async (t) => {
  const path = join(await temporaryDirectory(t), 'short.jsonl');
  writeFileSync(path, '{"text": "Yes."}\n{"text": "x"}\n');
  const options = { corpus: path, field: 'text' };
  await t.throwsAsync(prepareContinuousText(options), {
    instanceOf: SourceError,
    message:
      'Expected text to validate on in corpus, got none: holdOut = 0.05 of each document is not one character. Give another text as validation',
  });
  await t.throwsAsync(prepareContinuousText({ ...options, holdOut: 0.9 }), {
    instanceOf: SourceError,
    message: 'Expected text to train on in corpus, got none: holdOut = 0.9 of each document is all of it',
  });
  const text = await prepareContinuousText({ ...options, holdOut: 0.3 });
  t.is(text.size.train.tokens, 'Yes'.length + 1 + 'x'.length + 1);
  t.is(text.size.valid.tokens, '.'.length + 1);
});

test('what one reading leaves out is counted, however often the text is read', async (t) => {
  const path = join(await temporaryDirectory(t), 'bad.jsonl');
  const line = JSON.stringify({ text: VERSE });
  writeFileSync(path, `${line}\nno JSON\n{"id": 1}\n${line}\n[]\n`);
  const options = { corpus: path, field: 'text', onBad: 'skip', rows: 2 } as const;
  const first = await prepareContinuousText(options);
  t.is(first.badRecords, 3);
  t.is((await prepareContinuousText({ ...options, tokenizer: first.tokenizer })).badRecords, 3);
  t.is((await prepareContinuousText({ ...options, validation: path })).badRecords, 3);
});

test('options are checked before a file is opened', async (t) => {
  for (const wrong of [{ run: 0 }, { run: Infinity }, { rows: 0 }, { window: 0.5 }])
    await t.throwsAsync(prepareContinuousText({ corpus: '/nowhere/at all.txt', ...wrong }), {
      instanceOf: InvalidArgumentError,
    });
});

test('fit carries the state, and evaluates on rows that warm up', async (t) => {
  const text = await prepareContinuousText({ ...(await corpus(t)), rows: 4, window: 20 });
  const model = new LanguageModel({ cell: 'gru', tokenizer: text.tokenizer, embeddingSize: 4, hiddenSize: 8 });
  const events = await lastValueFrom(
    fit(model, { ...text, carryState: true, optimizer: sgd({ learningRate: 0.5 }), until: { epochs: 2 } }).pipe(
      toArray(),
    ),
  );
  const evaluations = events.flatMap((event) => (event.type === 'evaluation' ? [event.evaluation] : []));
  t.is(evaluations.length, 2);
  t.true(evaluations.every(({ tokens }) => tokens === text.size.valid.tokens));
  t.true((evaluations[1]?.natsPerToken ?? NaN) < (evaluations[0]?.natsPerToken ?? NaN));
  model.dispose();
});
