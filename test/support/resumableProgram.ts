import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lastValueFrom, tap } from 'rxjs';
import { LanguageModel } from '../../src/model/LanguageModel.js';
import { epochs } from '../../src/pipeline/epochs.js';
import { adam } from '../../src/training/adam.js';
import { latestCheckpoint } from '../../src/training/checkpoints/latestCheckpoint.js';
import { saveCheckpoints } from '../../src/training/checkpoints/saveCheckpoints.js';
import { evaluate } from '../../src/training/evaluate.js';
import { train } from '../../src/training/train.js';
import { continuousBatches, leaps, shuffledBatches, tokenizer } from './resumableTraining.js';

// Trains by epochs, with checkpoints and a line of metrics an epoch, from where it was killed: DIRECTORY EPOCHS [carry].

interface Notes {
  readonly metrics: { readonly epoch: number; readonly train: number; readonly valid: number }[];
  readonly totals: { readonly epoch: number; readonly nats: number; readonly tokens: number };
}

const [dir = '', count, carry] = process.argv.slice(2);
const carryState = carry !== undefined;
const batches = carryState ? continuousBatches : shuffledBatches;
console.log('ready');
const found = latestCheckpoint(dir)?.checkpoint;
let { metrics, totals } = (found?.notes ?? {
  metrics: [],
  totals: { epoch: 0, nats: 0, tokens: 0 },
}) as unknown as Notes;
const model = new LanguageModel({ cell: 'lstm', embeddingSize: 4, hiddenSize: 24, dropout: 0.2, tokenizer });
const checkpoints = saveCheckpoints(dir, { every: 3, notes: () => ({ metrics: [...metrics], totals: { ...totals } }) });

const afterEach = async (epoch: number): Promise<void> => {
  const { natsPerToken: valid } = await evaluate(model, batches(0));
  // After a kill, an epoch's end may come twice: its line takes the place of the same one.
  metrics = [...metrics.slice(0, epoch), { epoch, train: totals.nats / totals.tokens, valid }];
  const path = join(dir, 'metrics.jsonl');
  writeFileSync(`${path}.tmp`, metrics.map((line) => `${JSON.stringify(line)}\n`).join(''));
  renameSync(`${path}.tmp`, path);
  checkpoints.report(valid);
};

await lastValueFrom(
  epochs(Number(count), batches, { resumeAt: found?.state.resumeAt, afterEach }).pipe(
    train(model, { optimizer: adam({ learningRate: leaps }), clipNorm: 0.5, carryState, resumeFrom: found?.state }),
    tap(({ epoch, loss, tokens }) => {
      const { nats, tokens: before } = epoch === totals.epoch ? totals : { nats: 0, tokens: 0 };
      totals = { epoch, nats: nats + loss * tokens, tokens: before + tokens };
    }),
    checkpoints,
  ),
  { defaultValue: undefined },
);
