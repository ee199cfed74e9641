import { spawnSync } from 'node:child_process';
import { planOf } from '../src/cells/planOf.js';
import { type CellName, cellOf } from '../src/index.js';
import { printTable } from './table.js';

// Peak memory of a training step beside the formula of docs/performance.md. Linux only.
interface Case {
  readonly cell: CellName;
  readonly hiddenSize: number;
  readonly layers: number;
  readonly vocabulary: number;
  readonly batch: number;
  readonly time: number;
}
const EMBEDDING = 64;
const usual = { cell: 'lstm', hiddenSize: 256, layers: 1, vocabulary: 100, batch: 64, time: 100 } as const;
const cases: readonly Case[] = [
  usual,
  { ...usual, cell: 'rnn' },
  { ...usual, cell: 'gru' },
  { ...usual, hiddenSize: 512 },
  { ...usual, layers: 2 },
  { ...usual, batch: 256 },
  { ...usual, vocabulary: 8000 },
  { ...usual, vocabulary: 8000, batch: 256 },
  { ...usual, vocabulary: 32000 },
];

/** Bytes: that formula, and gradients, slots and new weights while an update is made. */
function formula({ cell, hiddenSize: h, layers, vocabulary, batch, time }: Case): number {
  const plan = planOf(cellOf(cell), { input: h, hidden: h, bias: true });
  const blocks = (plan.cell.weights['inputWeights']?.width ?? 0) / h;
  const kept = [...plan.kept, plan.cell.output].reduce((sum, { width }) => sum + width, 0) / h;
  const states = time * batch * (h * (kept * layers + 2) + EMBEDDING);
  const logits = 3 * Math.max(256 * vocabulary, 2 ** 21);
  const sums = 3 * h * vocabulary + 11 * blocks * h * (h + (layers > 1 ? h : EMBEDDING));
  const steps = (3400 + 40 * batch) * blocks * h;
  const weights = blocks * h * (EMBEDDING + (layers - 1) * h + layers * h) + vocabulary * (EMBEDDING + h);
  return 4 * (states + logits + sums + steps + 5 * weights);
}

const megabytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(0);
const rows = cases.map((one) => {
  const { cell, hiddenSize, layers, vocabulary, batch, time } = one;
  const options = { cell, hiddenSize, layers, embeddingSize: EMBEDDING };
  const program = ['--import=tsx', 'bench/train/peakMemory.ts', JSON.stringify({ options, vocabulary, batch, time })];
  const environment = { ...process.env, TF_NUM_INTRAOP_THREADS: '1' };
  const { stdout, stderr, status } = spawnSync(process.execPath, program, { encoding: 'utf8', env: environment });
  if (status !== 0) throw new Error(stderr);
  const { peak } = JSON.parse(stdout) as { peak: number };
  const allLogits = 4 * 3 * time * batch * vocabulary;
  return [
    `${cell} ${layers} × ${hiddenSize}`,
    vocabulary.toLocaleString('en'),
    `${batch} × ${time}`,
    megabytes(peak),
    megabytes(formula(one)),
    (peak / formula(one)).toFixed(2),
    megabytes(allLogits),
  ];
});
printTable(['model', 'vocabulary', 'batch', 'peak, MB', 'formula, MB', 'ratio', 'logits of all at once'], rows);
