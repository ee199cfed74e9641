import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Token, TokenPredictor } from '../src/index.js';
import { tuneBackend } from '../src/model/tuneBackend.js';
import { peerLines, peersAreThere } from './peers/python.js';
import { median, printTable } from './table.js';

// As the command line does, before TensorFlow is loaded.
tuneBackend('decoding');
const { beamSearch, CharacterTokenizer, generateMany, greedy, InferenceModel, LanguageModel, sample, useBackend } =
  await import('../src/index.js');
await useBackend('tensorflow');

// Decoding speed: sentences of exactly LENGTH tokens, over InferenceModel and over TensorFlow, which take turns, beside PyTorch loops over
// the same model. The ratio is that of the faster one of ours. (`generate` counts that TensorFlow has to start: it takes InferenceModel for up
// to 32 hypotheses.)
const LENGTH = 300;
const REPEATS = 7;
const MODELS = [
  { name: 'LSTM 256', cell: 'lstm', hiddenSize: 256, vocabularySize: 100 },
  { name: 'GRU 512', cell: 'gruResetAfter', hiddenSize: 512, vocabularySize: 100 },
  { name: 'LSTM 256, 2,000 tokens', cell: 'lstm', hiddenSize: 256, vocabularySize: 2000 },
] as const;

const exactly = { minLength: LENGTH, maxLength: LENGTH };
const prompts = new Array<string>(64).fill('');

/** A decoding by its name in both programs. */
interface Run {
  readonly name: string;
  tokens<State>(model: TokenPredictor<State>, seed: number): AsyncIterable<unknown>;
}

const runs: readonly Run[] = [
  { name: 'greedy', tokens: (model) => greedy(model, exactly) },
  { name: 'sampling', tokens: (model, seed) => sample(model, { ...exactly, seed }) },
  {
    name: 'beam search, K = 8',
    tokens: (model) => beamSearch(model, { ...exactly, beams: 8 }),
  },
  { name: 'beam search, K = 32', tokens: (model) => beamSearch(model, { ...exactly, beams: 32 }) },
  {
    name: '64 prompts, sampling',
    tokens: (model, seed) =>
      generateMany(
        model,
        prompts,
        (predictor, prompt, index): AsyncIterable<Token> =>
          sample(predictor, { ...exactly, prompt, seed: 64 * seed + index }),
      ),
  },
];

interface Speed {
  readonly name: string;
  /** Tokens per second. */
  readonly speed: number;
  /** Milliseconds to the first token. */
  readonly first: number;
}

async function speedOf(name: string, tokensOf: () => AsyncIterable<unknown>): Promise<Speed> {
  const start = performance.now();
  let first = Number.NaN;
  let tokens = 0;
  for await (const _ of tokensOf()) if (tokens++ === 0) first = performance.now() - start;
  return { name, speed: (1000 * tokens) / (performance.now() - start), first };
}

function medianOf(speeds: readonly Speed[]): Speed {
  const name = speeds[0]?.name ?? '';
  return { name, speed: median(speeds.map(({ speed }) => speed)), first: median(speeds.map(({ first }) => first)) };
}

const dir = mkdtempSync(join(tmpdir(), 'babblebrook-bench-'));
const arePeers = peersAreThere(['safetensors', 'torch']);
const rows: string[][] = [];
const notes: string[] = [];
for (const { name, cell, hiddenSize, vocabularySize } of MODELS) {
  const characters = Array.from({ length: vocabularySize - 3 }, (_, at) => 0x100 + at);
  const tokenizer = new CharacterTokenizer(String.fromCodePoint(...characters));
  const model = new LanguageModel({ cell, tokenizer, embeddingSize: 64, hiddenSize });
  const path = join(dir, 'model');
  await model.save(path);
  const inference = await InferenceModel.load(path);
  const peers = new Map<string, Speed>();
  if (arePeers)
    for await (const line of peerLines<Speed>('torch_decode.py', path, String(LENGTH), String(REPEATS)))
      peers.set(line.name, line);
  const fastest = new Map<string, Speed>();
  for (const run of runs) {
    const ours: Speed[] = [];
    const theirs: Speed[] = [];
    for (let repeat = 0; repeat <= REPEATS; repeat++) {
      ours.push(await speedOf(run.name, () => run.tokens(inference, repeat)));
      theirs.push(await speedOf(run.name, () => run.tokens(model, repeat)));
    }
    const [onInference, onTensorFlow] = [medianOf(ours.slice(1)), medianOf(theirs.slice(1))];
    const isOurs = onInference.speed > onTensorFlow.speed;
    const own = isOurs ? onInference : onTensorFlow;
    const peer = peers.get(run.name);
    fastest.set(run.name, own);
    rows.push([
      ...[name, run.name, onInference.speed.toFixed(0), onTensorFlow.speed.toFixed(0)],
      ...[isOurs ? 'InferenceModel' : 'TensorFlow', own.first.toFixed(2)],
      ...[
        peer?.speed.toFixed(0) ?? '–',
        peer?.first.toFixed(2) ?? '–',
        peer ? (own.speed / peer.speed).toFixed(2) : '–',
      ],
    ]);
  }
  const [one, eight] = [fastest.get('greedy'), fastest.get('beam search, K = 8')];
  if (one && eight)
    notes.push(`${name}: a token of 8 beams takes ${(one.speed / eight.speed).toFixed(2)} × greedy's time`);
  model.dispose();
}
rmSync(dir, { recursive: true });
printTable(
  [
    ...['model', 'decoding', 'InferenceModel, tokens/s', 'TensorFlow, tokens/s', 'faster', 'first, ms'],
    ...['PyTorch, tokens/s', 'first, ms', 'ratio'],
  ],
  rows,
);
console.log(`\n${notes.join('\n')}`);
