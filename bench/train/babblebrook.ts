import { Subject } from 'rxjs';
import type { Batch, CellName, TrainingStep } from '../../src/index.js';
import { answerRounds } from './Contestant.js';
import { readJob } from './job.js';

// A contestant: JOB WORKERS [CELL]. One training goes on through all rounds.
process.env['TF_NUM_INTRAOP_THREADS'] ??= '1';
const { adam, CharacterTokenizer, LanguageModel, train } = await import('../../src/index.js');
const [, , path = '', workers = '1', given] = process.argv;
const { job, batches } = readJob(path);

// Only its size counts.
const characters = Array.from({ length: job.vocabularySize - 3 }, (_, at) => 0x4e00 + at);
const tokenizer = new CharacterTokenizer(String.fromCodePoint(...characters));
const { cell, hiddenSize, embeddingSize, layers, clipNorm } = job;
const model = new LanguageModel({
  // PyTorch's GRU, where none is given.
  cell: (given as CellName | undefined) ?? (cell === 'gru' ? 'gruResetAfter' : cell),
  hiddenSize,
  embeddingSize,
  layers,
  bias: true,
  tokenizer,
});

const stream = new Subject<Batch>();
let latest: TrainingStep | undefined;
stream
  .pipe(train(model, { optimizer: adam({ learningRate: 2e-3 }), clipNorm, workers: Number(workers) }))
  .subscribe((step) => (latest = step));
await answerRounds(async () => {
  for (const batch of batches) stream.next(batch);
  if (!latest || !Number.isFinite(latest.loss)) throw new Error('The loss is not finite');
  return batches.reduce((sum, { tokens }) => sum + tokens, 0);
});
stream.complete();
