import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { cellOf } from '../src/index.js';
import { peerLines, peersAreThere } from './peers/python.js';
import { babblebrook } from './recipe/babblebrook.js';
import type { Outcome } from './recipe/Outcome.js';
import { trainFlags } from './recipe/trainFlags.js';
import { writeJob } from './recipe/writeJob.js';
import { printTable } from './table.js';

// What of a training's result is due to its recipe, and what to the kernels: the recipe of `train`, here and in PyTorch, on the same batches
// for as many minutes, with two cores. PyTorch has no dropout of the state: see peers/torch_recipe.py.
const { values: flags } = parseArgs({
  options: {
    corpus: { type: 'string', default: 'corpus/state-of-the-union.txt' },
    /** Must be given: both are measured on it. */
    valid: { type: 'string' },
    'sentence-per-line': { type: 'boolean', default: false },
    /** Of each training. */
    minutes: { type: 'string', default: '10' },
    /** Only rows whose name holds this. */
    only: { type: 'string', default: '' },
    cell: { type: 'string', default: 'gru' },
    /** More flags of our `train`, in one word: `--train='--hidden 256'`. */
    train: { type: 'string', default: '' },
  },
});
const { corpus, valid, minutes, cell } = flags;
if (valid === undefined) throw new Error('Expected --valid, a text to measure both on; got none');
if (cell !== 'gru' && cell !== 'lstm') throw new Error(`Expected --cell to be gru or lstm, got ${cell}`);
const argv = [
  ...['--corpus', corpus, '--valid', valid, ...(flags['sentence-per-line'] ? ['--sentence-per-line'] : [])],
  ...['--minutes', minutes, '--workers', '2', '--cell', cell, ...flags.train.split(/\s+/).filter(Boolean)],
];
const wanted = await trainFlags(argv);
if (wanted.continuous || !wanted.optimizer.startsWith('adam') || !cellOf(wanted.cell).torch)
  throw new Error('Expected a training on sentences with Adam, of a cell that PyTorch has; --train asks for another');

const directory = mkdtempSync(join(tmpdir(), 'babblebrook-recipe-'));
const rows: Readonly<Record<string, () => AsyncIterable<Outcome>>> = {
  babblebrook: () => babblebrook(directory, argv),
  ...(peersAreThere(['torch']) && {
    PyTorch: async function* () {
      yield* peerLines<Outcome>('torch_recipe.py', await writeJob(directory, wanted, Number(minutes)), '2');
    },
  }),
};
const table: string[][] = [];
const whole = (number: number): string => Math.round(number).toLocaleString('en');
try {
  for (const [name, train] of Object.entries(rows)) {
    if (!name.includes(flags.only)) continue;
    for await (const outcome of train()) {
      console.error(name, JSON.stringify(outcome));
      const { parameters, steps, seconds, tokens, natsPerCharacter } = outcome;
      table.push([name, whole(parameters), whole(steps), whole(tokens / seconds), natsPerCharacter.toFixed(3)]);
    }
  }
} finally {
  rmSync(directory, { recursive: true });
}
printTable(
  [`${wanted.cell} ${wanted.hidden}, ${minutes} min`, 'parameters', 'steps', 'tokens/s', 'nats per character'],
  table,
);
