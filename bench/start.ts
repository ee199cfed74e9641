import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { json } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import {
  CharacterTokenizer,
  LanguageModel,
  PRECISION_NAMES,
  readText,
  SentencePieceTokenizer,
  splitLines,
} from '../src/index.js';
import { pipeline } from '../src/pipeline.js';
import { median, printTable } from './table.js';

// A cold start: the program as a user has it installed writes one sentence of 60 tokens, by models of 4 MB. Programs take turns; medians.
const { values } = parseArgs({ options: { rounds: { type: 'string', default: '9' } } });
const fileAt = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const PROGRAM = fileAt('../dist/scripts/babblebrook.js');
const USAGE = fileAt('start/usage.cjs');

/** What a process took. */
interface Start {
  readonly firstMs: number;
  readonly endMs: number;
  readonly processorMs: number;
  readonly peakBytes: number;
}

async function start(args: readonly string[]): Promise<Start> {
  const begin = performance.now();
  const child = spawn(process.execPath, ['--require', USAGE, ...args], {
    stdio: ['ignore', 'pipe', 'inherit', 'pipe'],
  });
  const usage = json(child.stdio[3] as Readable) as Promise<Pick<Start, 'processorMs' | 'peakBytes'>>;
  let firstMs = Number.NaN;
  child.stdout?.once('data', () => {
    firstMs = performance.now() - begin;
  });
  child.stdout?.resume();
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`Expected ${args.join(' ')} to succeed, got exit code ${code}`);
  return { firstMs, endMs: performance.now() - begin, ...(await usage) };
}

const dir = mkdtempSync(join(tmpdir(), 'babblebrook-bench-'));
const lines = pipeline(readText(fileAt('../corpus/state-of-the-union.txt')), splitLines());
const tokenizers = {
  characters: await CharacterTokenizer.fromStream(lines),
  pieces: await SentencePieceTokenizer.train(lines, { vocabularySize: 1000 }),
};
for (const [name, tokenizer] of Object.entries(tokenizers)) {
  const model = new LanguageModel({ cell: 'gru', hiddenSize: 512, tokenizer });
  for (const precision of PRECISION_NAMES) {
    mkdirSync(join(dir, `${name}-${precision}`));
    await model.save(join(dir, `${name}-${precision}`, 'best'), { precision });
  }
  model.dispose();
}
const generate = (run: string, ...more: string[]): string[] => {
  const flags = ['--count', '1', '--min-length', '60', '--max-length', '60', ...more];
  return [PROGRAM, 'generate', '--run', join(dir, run), ...flags];
};
const programs: Readonly<Record<string, readonly string[]>> = {
  'Node.js that prints a number': ['--print', '1'],
  'generate, characters': generate('characters-float32'),
  'generate, characters, float16': generate('characters-float16'),
  'generate, 1,000 pieces': generate('pieces-float32'),
  'generate --backend tensorflow': generate('characters-float32', '--backend', 'tensorflow'),
};
const starts = new Map<string, Start[]>(Object.keys(programs).map((name) => [name, []]));
for (let round = 0; round <= Number(values.rounds); round++)
  for (const [name, args] of Object.entries(programs)) {
    const taken = await start(args);
    // The first round reads the files into memory.
    if (round > 0) starts.get(name)?.push(taken);
  }
rmSync(dir, { recursive: true });
printTable(
  ['GRU 512', 'first character, s', 'end, s', "processor's time, s", 'memory, MB'],
  [...starts].map(([name, all]) => {
    const of = (key: keyof Start): number => median(all.map((one) => one[key]));
    const times = (['firstMs', 'endMs', 'processorMs'] as const).map((key) => (of(key) / 1000).toFixed(2));
    return [name, ...times, (of('peakBytes') / 1e6).toFixed(0)];
  }),
);
