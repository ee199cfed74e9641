import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Subject } from 'rxjs';
import {
  adam,
  type Batch,
  type CellName,
  CharacterTokenizer,
  LanguageModel,
  logToTensorBoard,
  random,
  train,
} from '../src/index.js';
import { median, printTable } from './table.js';

// What `logToTensorBoard` costs at its defaults: two trainings of the same model take turns, a step each, one of them
// logged, so that whatever else the machine does slows both. Hidden 256, 64 × 100 tokens; cells may be named:
// npm run bench:tensorboard -- lstm
const SIZE = 64;
const LENGTH = 100;
const WARM_UP = 5;
const EVERY = 10;
const HISTOGRAMS_EVERY = 200;
/** A whole round of logging. */
const STEPS = HISTOGRAMS_EVERY;
const CELLS: readonly CellName[] = ['lstm', 'gru', 'rnn'];

const tokenizer = new CharacterTokenizer(String.fromCodePoint(...Array.from({ length: 97 }, (_, i) => 32 + i)));
const { integer } = random(1, 'bench');
const batch: Batch = {
  ids: Int32Array.from({ length: SIZE * LENGTH }, (_, at) => 1 + integer(at, tokenizer.vocabularySize - 1)),
  mask: new Float32Array(SIZE * LENGTH).fill(1),
  lengths: new Int32Array(SIZE).fill(LENGTH),
  size: SIZE,
  length: LENGTH,
  tokens: SIZE * LENGTH,
};

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/** Makes a training, logged or not; each call of what it returns trains a step, and gives its milliseconds. */
function training(cell: CellName, directory?: string): () => number {
  const model = new LanguageModel({ cell, tokenizer });
  const batches = new Subject<Batch>();
  const steps = batches.pipe(train(model, { optimizer: adam(), clipNorm: 5 }));
  (directory === undefined ? steps : steps.pipe(logToTensorBoard(directory))).subscribe();
  return () => {
    const from = performance.now();
    batches.next(batch);
    return performance.now() - from;
  };
}

const directory = mkdtempSync(join(tmpdir(), 'babblebrook-bench-'));
const rows: string[][] = [];
const named = process.argv.slice(2);
for (const cell of CELLS.filter((cell) => named.length === 0 || named.includes(cell))) {
  const [plain, logged] = [training(cell), training(cell, join(directory, cell))];
  for (let step = 0; step < WARM_UP; step++) [plain(), logged()];
  const plainTimes: number[] = [];
  const times = { unlogged: [] as number[], numbers: [] as number[], histograms: [] as number[] };
  for (let step = WARM_UP; step < WARM_UP + STEPS; step++) {
    const kind = step % HISTOGRAMS_EVERY === 0 ? 'histograms' : step % EVERY === 0 ? 'numbers' : 'unlogged';
    // Who goes first has the caches of the other.
    if (step % 2 === 0) plainTimes.push(plain());
    times[kind].push(logged());
    if (step % 2 === 1) plainTimes.push(plain());
  }
  const ratio = sum(Object.values(times).flat()) / sum(plainTimes);
  const medians = [plainTimes, times.numbers, times.histograms].map((values) => median(values).toFixed(0));
  rows.push([cell, ...medians, ratio.toFixed(3)]);
}
rmSync(directory, { recursive: true });
const columns = ['a step, ms', 'with numbers, ms', 'with histograms, ms', 'logged ÷ not'];
printTable([`${STEPS} steps, hidden 256, batch 64 × 100`, ...columns], rows);
