import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { lastValueFrom, tap } from 'rxjs';
import { gruResetAfter } from '../../../src/cells/gruResetAfter.js';
import { beamSearch } from '../../../src/decoding/beamSearch.js';
import { greedy } from '../../../src/decoding/greedy.js';
import type { Token } from '../../../src/decoding/Token.js';
import { LanguageModel } from '../../../src/model/LanguageModel.js';
import { appendEos } from '../../../src/pipeline/appendEos.js';
import { bucketByLength } from '../../../src/pipeline/bucketByLength.js';
import { epochs } from '../../../src/pipeline/epochs.js';
import { maskPadding } from '../../../src/pipeline/maskPadding.js';
import { padBatch } from '../../../src/pipeline/padBatch.js';
import { pipeline } from '../../../src/pipeline/pipeline.js';
import { readText } from '../../../src/pipeline/readText.js';
import { splitSentences } from '../../../src/pipeline/splitSentences.js';
import { tokenize } from '../../../src/pipeline/tokenize.js';
import { tokenizerFromJSON } from '../../../src/text/tokenizerFromJSON.js';
import { adam } from '../../../src/training/adam.js';
import { latestCheckpoint } from '../../../src/training/checkpoints/latestCheckpoint.js';
import { saveCheckpoints } from '../../../src/training/checkpoints/saveCheckpoints.js';
import { train } from '../../../src/training/train.js';
import { isClose } from '../../support/closeness.js';
import { runCommand } from '../../support/runCommand.js';
import { logProbabilitiesOf } from '../../support/savedModels.js';
import { temporaryDirectory } from '../../support/temporaryFiles.js';

// What was saved before saved models carried their cell: test/fixtures/before/README.md.
const BEFORE = 'test/fixtures/before';
const { generated, losses }: Expected = JSON.parse(readFileSync(join(BEFORE, 'expected.json'), 'utf8'));

interface Expected {
  readonly generated: Record<string, { logProbabilities: number[]; greedy: number[]; beamSearch: number[] }>;
  readonly losses: number[];
}

async function idsOf(tokens: AsyncIterable<Token>): Promise<number[]> {
  const ids: number[] = [];
  for await (const { id } of tokens) ids.push(id);
  return ids;
}

for (const [name, expected] of Object.entries(generated))
  test(`${name}, saved before models carried their cell, says what it said then, also when it is saved anew`, async (t) => {
    const saved = join(await temporaryDirectory(t), 'model');
    const before = await LanguageModel.load(join(BEFORE, 'models', name));
    await before.save(saved);
    t.true(readdirSync(saved).includes('cell.json'));
    for (const model of [before, await LanguageModel.load(saved)]) {
      isClose(t, await logProbabilitiesOf(model, 'we will go home.'), expected.logProbabilities, 1e-5);
      t.deepEqual(await idsOf(greedy(model, { prompt: 'we', maxLength: 40 })), expected.greedy);
      t.deepEqual(await idsOf(beamSearch(model, { beams: 4, prompt: 'go', maxLength: 40 })), expected.beamSearch);
      model.dispose();
    }
  });

test('a checkpoint of before goes on as it would have then, and into checkpoints that carry their cell', async (t) => {
  const dir = join(await temporaryDirectory(t), 'checkpoints');
  cpSync(join(BEFORE, 'checkpoints'), dir, { recursive: true });
  const { checkpoint: found, cell } = latestCheckpoint(dir) ?? t.fail();
  t.is(cell, gruResetAfter);
  t.is(found.state.cell, undefined);
  t.is(found.config.cell, 'gruResetAfter');
  const tokenizer = await tokenizerFromJSON(found.tokenizer);
  const batches = () =>
    pipeline(
      readText(join(BEFORE, 'corpus.txt')),
      splitSentences(),
      tokenize(tokenizer),
      appendEos(tokenizer),
      bucketByLength({ maxTokens: 400, poolBatches: 2 }),
      padBatch(),
      maskPadding(),
    );
  const model = new LanguageModel({ ...found.config, cell, tokenizer });
  const made: number[] = [];
  const steps = epochs(2, batches, { resumeAt: found.state.resumeAt }).pipe(
    train(model, { optimizer: adam({ learningRate: 0.02 }), clipNorm: 1, resumeFrom: found.state }),
    tap(({ loss }) => made.push(loss)),
    saveCheckpoints(dir),
  );
  await lastValueFrom(steps);
  // Its masks of dropout are drawn otherwise now: hence not the same numbers.
  isClose(t, made, losses.slice(5), 0.02);
  t.deepEqual(latestCheckpoint(dir)?.checkpoint.state.cell, model.cellRecord);
  model.dispose();
});

test('a run of before that was interrupted goes on', async (t) => {
  const out = join(await temporaryDirectory(t), 'run');
  cpSync(join(BEFORE, 'run'), out, { recursive: true });
  const { code, stderr } = await runCommand(['train', '--resume', '--out', out]);
  t.is(code, 0, stderr);
  t.regex(stderr, /go on after 8 steps, in epoch 1/);
  const metrics = readFileSync(join(out, 'metrics.jsonl'), 'utf8').trimEnd().split('\n');
  t.deepEqual(
    metrics.map((line) => JSON.parse(line).epoch),
    [1, 2],
  );
  t.true(readdirSync(join(out, 'best')).includes('cell.json'));
});
