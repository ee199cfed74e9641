import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Token } from '../src/index.js';
import { tuneBackend } from '../src/model/tuneBackend.js';
import { peerLines, peersAreThere } from './peers/python.js';
import { median, printTable } from './table.js';

// As the command line does, before TensorFlow is loaded.
tuneBackend('decoding');
const { beamSearch, CharacterTokenizer, generateMany, greedy, LanguageModel, sample } = await import('../src/index.js');

// Decoding speed: an LSTM of 256, 100 tokens, sentences of exactly LENGTH tokens, beside PyTorch loops over the same model.
const LENGTH = 300;
const REPEATS = 7;
const tokenizer = new CharacterTokenizer(String.fromCodePoint(...Array.from({ length: 97 }, (_, i) => 32 + i)));
const model = new LanguageModel({ cell: 'lstm', tokenizer, embeddingSize: 64, hiddenSize: 256 });
const exactly = { minLength: LENGTH, maxLength: LENGTH };
const prompts = new Array<string>(64).fill('');

const runs: [string, (seed: number) => AsyncIterable<unknown>][] = [
  ['greedy', () => greedy(model, exactly)],
  ['sampling', (seed) => sample(model, { ...exactly, seed })],
  ['beam search, K = 8', () => beamSearch(model, { ...exactly, beams: 8 })],
  ['beam search, K = 32', () => beamSearch(model, { ...exactly, beams: 32 })],
  [
    '64 prompts, sampling',
    (seed) =>
      generateMany(
        model,
        prompts,
        (predictor, prompt, index): AsyncIterable<Token> =>
          sample(predictor, { ...exactly, prompt, seed: 64 * seed + index }),
      ),
  ],
];

interface Speed {
  readonly name: string;
  /** Tokens per second. */
  readonly speed: number;
  /** Milliseconds to the first token. */
  readonly first: number;
}

async function measure(name: string, run: (seed: number) => AsyncIterable<unknown>): Promise<Speed> {
  const speeds: number[] = [];
  const firsts: number[] = [];
  for (let repeat = 0; repeat <= REPEATS; repeat++) {
    const start = performance.now();
    let first = Number.NaN;
    let tokens = 0;
    for await (const _ of run(repeat)) if (tokens++ === 0) first = performance.now() - start;
    if (repeat === 0) continue;
    speeds.push((1000 * tokens) / (performance.now() - start));
    firsts.push(first);
  }
  return { name, speed: median(speeds), first: median(firsts) };
}

const dir = mkdtempSync(join(tmpdir(), 'babblebrook-bench-'));
const path = join(dir, 'model');
await model.save(path);
const peers = new Map<string, Speed>();
if (peersAreThere())
  for await (const line of peerLines<Speed>('torch_decode.py', path, String(LENGTH), String(REPEATS)))
    peers.set(line.name, line);
rmSync(dir, { recursive: true });

const rows: string[][] = [];
for (const [name, run] of runs) {
  const { speed, first } = await measure(name, run);
  const peer = peers.get(name);
  rows.push([
    name,
    speed.toFixed(0),
    first.toFixed(2),
    peer?.speed.toFixed(0) ?? '–',
    peer?.first.toFixed(2) ?? '–',
    peer ? (speed / peer.speed).toFixed(2) : '–',
  ]);
}
printTable(['decoding', 'tokens/s', 'first, ms', 'PyTorch tokens/s', 'first, ms', 'ratio'], rows);
