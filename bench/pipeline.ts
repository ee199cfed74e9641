import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { pipeline, readText, SentencePieceTokenizer, splitSentences } from '../src/index.js';
import { PYTHON, peersAreThere } from './peers/python.js';
import type { Work } from './pipeline/work.js';
import { median, printTable } from './table.js';

// Text → batches, beside plain loops, tf.data and a PyTorch DataLoader: each a process of its own, in turn.
// `npm run bench:pipeline -- [--corpus FILE] [--runs 5] [--megabytes 50]`; a corpus of sentences is made from the file.
const { values: flags } = parseArgs({
  options: {
    corpus: { type: 'string', default: 'corpus/state-of-the-union.txt' },
    runs: { type: 'string', default: '5' },
    megabytes: { type: 'string', default: '50' },
  },
});
const dir = mkdtempSync(join(tmpdir(), 'babblebrook-bench-'));

/** A file of one sentence a line: the corpus's own, again and again until it is so large. */
async function sentencesFile(name: string, bytes: number): Promise<string> {
  const path = join(dir, name);
  const file = openSync(path, 'w');
  let written = 0;
  do {
    for await (const sentence of pipeline(readText(flags.corpus), splitSentences()))
      written += writeSync(file, `${sentence}\n`);
  } while (written < bytes);
  closeSync(file);
  return path;
}

const model = join(dir, 'pieces.model');
const pieces = pipeline(readText(flags.corpus), splitSentences());
await (await SentencePieceTokenizer.train(pieces, { vocabularySize: 1000 })).save(model);

const ours = (...args: string[]) => ['node', '--import=tsx', 'bench/pipeline/ours.ts', ...args];
const contestants: [string, string[]][] = [
  ['plain loops, all in memory', ['node', '--import=tsx', 'bench/pipeline/loops.ts']],
  ['babblebrook', ours('lines')],
  ['babblebrook, splitSentences', ours('sentences')],
  ['babblebrook, SentencePiece 1,000', ours('lines', model)],
  ['sentencepiece-js alone, ids only', ['node', '--import=tsx', 'bench/pipeline/sentencepiece.ts', model]],
];
if (peersAreThere())
  contestants.push(
    ['tf.data', [PYTHON, 'bench/peers/tf_data.py']],
    ['PyTorch DataLoader, all in memory', [PYTHON, 'bench/peers/torch_loader.py']],
  );

for (const [name, bytes] of [
  ['corpus', 1],
  ['large', Number(flags.megabytes) * 1e6],
] as const) {
  const path = await sentencesFile(name, bytes);
  const results = new Map<string, (Work & { peakMemory: number })[]>();
  for (let run = 0; run < Number(flags.runs); run++)
    for (const [contestant, [program = '', ...args]] of contestants) {
      const [script = '', ...rest] = args.filter((argument) => !argument.startsWith('--'));
      const options = args.filter((argument) => argument.startsWith('--'));
      const { stdout, stderr, status } = spawnSync(program, [...options, script, path, ...rest], { encoding: 'utf8' });
      if (status !== 0) throw new Error(`${contestant} failed: ${stderr}`);
      results.set(contestant, [...(results.get(contestant) ?? []), JSON.parse(stdout)]);
    }
  const megabytes = statSync(path).size / 1e6;
  const speedOf = (contestant: string): number =>
    median((results.get(contestant) ?? []).map(({ sentences, seconds }) => sentences / seconds));
  const rows = contestants.map(([contestant]) => {
    const all = results.get(contestant) ?? [];
    const last = all.at(-1);
    return [
      contestant,
      Math.round(speedOf(contestant)).toLocaleString('en'),
      median(all.map(({ seconds }) => megabytes / seconds)).toFixed(1),
      last ? `${(100 * (1 - last.tokens / last.places)).toFixed(2)} %` : '–',
      Math.round(median(all.map(({ peakMemory }) => peakMemory))).toString(),
      (speedOf('babblebrook') / speedOf(contestant)).toFixed(2),
    ];
  });
  const head = ['sentences/s', 'MB/s', 'padding', 'peak, MB', 'babblebrook is × faster'];
  printTable([`${megabytes.toFixed(1)} MB`, ...head], rows);
  console.log();
}
rmSync(dir, { recursive: true });
