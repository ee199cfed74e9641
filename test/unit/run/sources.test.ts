import { copyFile, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { lastValueFrom, tap } from 'rxjs';
import { SourceChangedError } from '../../../src/errors.js';
import { LanguageModel } from '../../../src/model/LanguageModel.js';
import type { TextSource } from '../../../src/pipeline/openText.js';
import { fit } from '../../../src/run/fit.js';
import { prepareText } from '../../../src/run/prepareText.js';
import { RunDirectory } from '../../../src/run/RunDirectory.js';
import { sgd } from '../../../src/training/sgd.js';
import { give, serverOf } from '../../support/faultyServer.js';
import { sweep } from '../../support/sweeps.js';
import { temporaryDirectory, temporaryFile } from '../../support/temporaryFiles.js';

const FIXTURES = 'test/fixtures/sources';

/** Prepares a text and learns two epochs of it; the losses of the steps from the first, or those until `stopAt`. */
async function learn(corpus: TextSource, path: string, stopAt = Infinity): Promise<number[]> {
  const text = await prepareText({ corpus, field: 'text', maxTokens: 400, onBad: 'skip' });
  const model = new LanguageModel({ cell: 'rnn', tokenizer: text.tokenizer, embeddingSize: 3, hiddenSize: 4 });
  const losses: number[] = [];
  const stop = new AbortController();
  try {
    const run = await RunDirectory.open(path, { mode: 'resume' });
    const events = fit(model, { ...text, run, optimizer: sgd(), until: { epochs: 2 }, signal: stop.signal });
    const collected = tap((event: { type: string; step?: unknown }) => {
      if (event.type !== 'step') return;
      const { step, loss } = event.step as { step: number; loss: number };
      losses[step] = loss;
      if (step === stopAt) stop.abort();
    });
    await lastValueFrom(events.pipe(collected));
  } finally {
    model.dispose();
  }
  return losses;
}

const SOURCES = [
  'pandas.jsonl',
  'python.jsonl.gz',
  'frames.jsonl.zst',
  'pandas.csv',
  'snappy.parquet',
  'odd.parquet',
  'a URL',
];
for (const name of sweep(SOURCES, (source) => ['python.jsonl.gz', 'odd.parquet', 'a URL'].includes(source)))
  test.serial(`a training on ${name} that is stopped goes on to the same losses`, async (t) => {
    const directory = await temporaryDirectory(t);
    const content = await readFile(`${FIXTURES}/pandas.jsonl`);
    const server = await serverOf(t, (request, response, count) =>
      give(request, response, content, { breakAfter: count % 2 === 0 ? 5000 : Infinity }),
    );
    const corpus = name === 'a URL' ? server.url('/a.jsonl') : `${FIXTURES}/${name}`;
    const whole = await learn(corpus, join(directory, 'whole'));
    const stopAt = Math.floor(whole.length * 0.75) - 1;
    const first = await learn(corpus, join(directory, 'stopped'), stopAt);
    const second = await learn(corpus, join(directory, 'stopped'));
    t.deepEqual(first, whole.slice(0, first.length));
    t.true(first.length < whole.length);
    t.deepEqual(second.slice(first.length), whole.slice(first.length));
  });

test.serial('a training goes on with a copy of its text, and not with one of as many tokens', async (t) => {
  const directory = await temporaryDirectory(t);
  const path = join(directory, 'a.jsonl');
  await copyFile(`${FIXTURES}/pandas.jsonl`, path);
  await learn(path, join(directory, 'run'), 5);
  await utimes(path, 1, 1);
  await learn(path, join(directory, 'run'), 6);
  const lines = await readFile(path, 'utf8');
  await writeFile(path, lines.replace('We will.', 'eW will.'));
  await t.throwsAsync(learn(path, join(directory, 'run')), {
    instanceOf: SourceChangedError,
    message:
      /^Expected the text that the training began with, whose batches have the SHA-256 [0-9a-f]{12}…, got another one/,
  });
});

test('what a reading leaves out is counted once, however often a text is read', async (t) => {
  const path = await temporaryFile(t, '{"text": "One. Two."}\n{}\n{"text": "Three. Four."}\nx\n');
  const options = { corpus: path, field: 'text', format: '.jsonl', maxTokens: 20 } as const;
  const { firstEpoch, size } = await prepareText({ ...options, holdOut: 0.5, onBad: 'skip' });
  t.is(firstEpoch.badRecords, 2);
  t.is(size.train.sentences + size.valid.sentences, 4);
  await t.throwsAsync(prepareText(options), { message: /an empty record, at record 2, byte 22$/ });
});
