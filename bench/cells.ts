import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { CELL_NAMES } from '../src/index.js';
import { type CellSpeeds, SPEEDS } from '../test/docs/cells/speeds.js';
import { printTable } from './table.js';
import { Contestant } from './train/Contestant.js';
import { compete } from './train/compete.js';
import { firstBatches } from './train/firstBatches.js';
import type { Job } from './train/job.js';

// How fast each cell learns and speaks, beside the LSTM, with which it takes turns: embedding 64, hidden 256, with biases.
const { values: flags } = parseArgs({
  options: {
    corpus: { type: 'string', default: 'corpus/state-of-the-union.txt' },
    workers: { type: 'string', default: String(Math.min(2, availableParallelism())) },
    rounds: { type: 'string', default: '7' },
    batches: { type: 'string', default: '8' },
    /** Only these cells, with commas between them. */
    only: { type: 'string', default: CELL_NAMES.join() },
    /** Whether docs/cells.md is to have the figures. */
    write: { type: 'boolean', default: false },
  },
});

const BASELINE = 'lstm';
const directory = mkdtempSync(join(tmpdir(), 'babblebrook-bench-'));
const path = join(directory, 'job.json');
const job: Job = {
  ...{ cell: BASELINE, hiddenSize: 256, embeddingSize: 64, layers: 1, clipNorm: 5 },
  ...(await firstBatches({ corpus: flags.corpus, count: Number(flags.batches) })),
};
writeFileSync(path, JSON.stringify(job));

const node = (script: string, args: string[], environment?: NodeJS.ProcessEnv): Contestant =>
  new Contestant(process.execPath, ['--import=tsx', script, ...args], environment);
const TASKS: Readonly<Record<keyof CellSpeeds, (cell: string) => Contestant>> = {
  training: (cell) => node('bench/train/babblebrook.ts', [path, flags.workers, cell], { TF_NUM_INTRAOP_THREADS: '1' }),
  decoding: (cell) => node('bench/cells/decoding.ts', [cell]),
};

const names = CELL_NAMES.filter((name) => flags.only.split(',').includes(name));
const speeds = new Map<string, { -readonly [Task in keyof CellSpeeds]: number }>();
const table = new Map(names.map((name) => [name, [] as string[]]));
for (const [task, start] of Object.entries(TASKS) as [keyof CellSpeeds, (cell: string) => Contestant][]) {
  const baseline = start(BASELINE);
  for (const name of names) {
    const contestant = name === BASELINE ? baseline : start(name);
    const rivals = new Map([
      [BASELINE, baseline],
      [name, contestant],
    ]);
    const measured = await compete(rivals, Number(flags.rounds));
    if (contestant !== baseline) contestant.end();
    const speed = measured.get(name) ?? Number.NaN;
    const ratio = speed / (measured.get(BASELINE) ?? Number.NaN);
    speeds.set(name, { ...{ training: Number.NaN, decoding: Number.NaN }, ...speeds.get(name), [task]: ratio });
    table.get(name)?.push(Math.round(speed).toLocaleString('en'), ratio.toFixed(2));
  }
  baseline.end();
}
rmSync(directory, { recursive: true });
printTable(
  [
    `hidden 256, ${flags.workers} workers`,
    'training, tokens/s',
    `× ${BASELINE}`,
    'decoding, tokens/s',
    `× ${BASELINE}`,
  ],
  [...table].map(([name, row]) => [name, ...row]),
);
if (flags.write) {
  const rounded = ([name, { training, decoding }]: [string, CellSpeeds]) =>
    [name, { training: Number(training.toFixed(2)), decoding: Number(decoding.toFixed(2)) }] as const;
  writeFileSync(SPEEDS, `${JSON.stringify(Object.fromEntries([...speeds].map(rounded)), undefined, 2)}\n`);
  console.error('written; npx tsx test/docs/cells/print.ts prints docs/cells.md anew');
}
