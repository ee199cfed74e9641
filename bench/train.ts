import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { PYTHON, peersAreThere } from './peers/python.js';
import { printTable } from './table.js';
import { Contestant } from './train/Contestant.js';
import { compete } from './train/compete.js';
import { firstBatches } from './train/firstBatches.js';
import { type Job, operationsPerToken } from './train/job.js';

// Training speed beside PyTorch, on the same batches of real sentences, in turn.
const { values: flags } = parseArgs({
  options: {
    corpus: { type: 'string', default: 'corpus/state-of-the-union.txt' },
    'sentence-per-line': { type: 'boolean', default: false },
    workers: { type: 'string', default: String(Math.min(2, availableParallelism())) },
    rounds: { type: 'string', default: '7' },
    batches: { type: 'string', default: '8' },
    /** Only the row of this name. */
    only: { type: 'string', default: '' },
  },
});

const rows: Readonly<Record<string, Partial<Job> & { readonly pieces?: number }>> = {
  'rnn 256': { cell: 'rnn' },
  'gru 256': { cell: 'gru' },
  'gru 512': { cell: 'gru', hiddenSize: 512 },
  'lstm 256': { cell: 'lstm' },
  'lstm 512': { hiddenSize: 512 },
  'lstm 2 × 256': { layers: 2 },
  'lstm 256, vocabulary 2,000': { pieces: 2000 },
  // No product with the state.
  'minGru 512': { cell: 'minGru', hiddenSize: 512 },
  'indRnn 512': { cell: 'indRnn', hiddenSize: 512 },
};
/** Beside PyTorch, for this row alone. */
const COMPARED_WITH_ALL = 'lstm 256';

const directory = mkdtempSync(join(tmpdir(), 'babblebrook-bench-'));
const withPeers = peersAreThere();
const table: string[][] = [];
for (const [name, { pieces, ...model }] of Object.entries(rows)) {
  if (flags.only !== '' && name !== flags.only) continue;
  const job = await jobOf(model, pieces);
  const path = join(directory, 'job.json');
  writeFileSync(path, JSON.stringify(job));
  const contestants = contestantsFor(name, path);
  const speeds = await compete(contestants, Number(flags.rounds));
  for (const contestant of contestants.values()) contestant.end();
  const ours = speeds.get('babblebrook') ?? Number.NaN;
  const pytorch = Math.max(...[...speeds].filter(([who]) => who.startsWith('PyTorch')).map(([, speed]) => speed));
  const ratio = (who: number | undefined): string => (who !== undefined && who > 0 ? (ours / who).toFixed(2) : '–');
  const peak = speeds.get('products') ?? Number.NaN;
  table.push([
    `${name} (${job.vocabularySize.toLocaleString('en')} tokens)`,
    Math.round(ours).toLocaleString('en'),
    pytorch > 0 ? Math.round(pytorch).toLocaleString('en') : '–',
    ratio(pytorch),
    ratio(speeds.get('tf.layers')),
    ratio(speeds.get('Keras')),
    `${((100 * ours * operationsPerToken(job)) / peak).toFixed(0)} %`,
    (peak / 1e9).toFixed(0),
  ]);
}
rmSync(directory, { recursive: true });
printTable(
  [
    `training, ${flags.workers} workers`,
    'tokens/s',
    'PyTorch',
    '× PyTorch',
    '× tf.layers',
    '× Keras',
    'of the peak',
    'peak, GF/s',
  ],
  table,
);

/** The model, and the first batches of the text. */
async function jobOf(model: Partial<Job>, pieces: number | undefined): Promise<Job> {
  const { corpus, 'sentence-per-line': sentencePerLine, batches } = flags;
  return {
    ...{ cell: 'lstm', hiddenSize: 256, embeddingSize: 64, layers: 1, clipNorm: 5, ...model },
    ...(await firstBatches({ corpus, sentencePerLine, pieces, count: Number(batches) })),
  };
}

function contestantsFor(name: string, path: string): Map<string, Contestant> {
  const node = (script: string, args: string[], environment?: NodeJS.ProcessEnv) =>
    new Contestant(process.execPath, ['--import=tsx', `bench/train/${script}`, ...args], environment);
  const python = (script: string, ...args: string[]) => new Contestant(PYTHON, [`bench/peers/${script}`, ...args]);
  const threads = flags.workers === '1' ? String(availableParallelism()) : '1';
  const contestants = new Map([
    ['babblebrook', node('babblebrook.ts', [path, flags.workers], { TF_NUM_INTRAOP_THREADS: threads })],
    ['products', node('matrixProduct.ts', [])],
  ]);
  if (withPeers) {
    contestants.set('PyTorch, fused', python('torch_train.py', path, 'fused', '2'));
    contestants.set('PyTorch, foreach', python('torch_train.py', path, 'foreach', '2'));
  }
  if (name === COMPARED_WITH_ALL) {
    contestants.set('tf.layers', node('tfLayers.ts', [path]));
    if (withPeers) contestants.set('Keras', python('keras_train.py', path));
  }
  return contestants;
}
