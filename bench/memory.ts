import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { printTable } from './table.js';

// Does memory depend on the size of the text? `npm run bench:memory -- [--large 2000]`: megabytes of the larger text.
const { values: flags } = parseArgs({
  options: {
    corpus: { type: 'string', default: 'corpus/state-of-the-union.txt' },
    large: { type: 'string', default: '2000' },
  },
});
const rows = ['iterate', 'train'].flatMap((mode) =>
  ['20', flags.large].map((megabytes) => {
    const program = ['--import=tsx', 'bench/pipeline/stream.ts', flags.corpus, megabytes, mode];
    const { stdout, stderr, status } = spawnSync(process.execPath, program, { encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
    const { batches, peakMemory } = JSON.parse(stdout);
    const how = mode === 'train' ? 'observable, training on the first 100 batches' : 'async iterable, all batches';
    return [how, megabytes, String(batches), peakMemory.toFixed(0)];
  }),
);
printTable(['consumer', 'text, MB', 'batches', 'peak RSS, MB'], rows);
