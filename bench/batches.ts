import { parseArgs } from 'node:util';
import {
  appendEos,
  bucketByLength,
  CharacterTokenizer,
  pipeline,
  readText,
  SentencePieceTokenizer,
  type Sequence,
  shuffle,
  splitLines,
  splitSentences,
  tokenize,
} from '../src/index.js';
import { median, printTable } from './table.js';

// How good the batches of bucketByLength are: `npx tsx bench/batches.ts [--corpus FILE] [--sentence-per-line]`. Medians over
// seeds of the share of padding, the number of different shapes, the correlation of a batch's place and length, and the
// sentences read before the first batch.
const { values: flags } = parseArgs({
  options: {
    corpus: { type: 'string', default: 'corpus/state-of-the-union.txt' },
    'sentence-per-line': { type: 'boolean', default: false },
  },
});
const SEEDS = [1, 2, 3, 4, 5];
const sentences = pipeline(readText(flags.corpus), flags['sentence-per-line'] ? splitLines() : splitSentences());

function* counting<T>(items: readonly T[], count: () => void): Generator<T> {
  for (const item of items) {
    count();
    yield item;
  }
}

function correlation(values: readonly number[]): number {
  const mean = (of: (value: number, place: number) => number): number =>
    values.reduce((sum, value, place) => sum + of(value, place), 0) / values.length;
  const [meanValue, meanPlace] = [mean((value) => value), mean((_, place) => place)];
  const covariance = mean((value, place) => (value - meanValue) * (place - meanPlace));
  const spread = mean((value) => (value - meanValue) ** 2) * mean((_, place) => (place - meanPlace) ** 2);
  return covariance / Math.sqrt(spread);
}

const rows: string[][] = [];
for (const [name, tokenizer] of [
  ['characters', await CharacterTokenizer.fromStream(sentences)],
  ['SentencePiece 1,000', await SentencePieceTokenizer.train(sentences, { vocabularySize: 1000 })],
] as const) {
  const sequences: Sequence[] = [];
  for await (const sequence of pipeline(sentences, tokenize(tokenizer), appendEos(tokenizer))) sequences.push(sequence);
  for (const maxTokens of [6400, 2048])
    for (const poolBatches of [16, 64]) {
      const runs: { batches: number; padding: number; shapes: number; correlation: number; delay: number }[] = [];
      for (const seed of SEEDS) {
        let read = 0;
        let delay = 0;
        const lengths: number[] = [];
        const shapes = new Set<string>();
        const total = { tokens: 0, places: 0 };
        const counted = counting(sequences, () => read++);
        const groups = pipeline(
          counted,
          shuffle({ bufferSize: 4096, seed }),
          bucketByLength({ maxTokens, poolBatches }),
        );
        for await (const group of groups) {
          if (lengths.length === 0) delay = read;
          const longest = group.reduce((length, sequence) => Math.max(length, sequence.length), 0);
          lengths.push(longest);
          shapes.add(`${group.length} × ${longest}`);
          total.places += group.length * longest;
          total.tokens += group.reduce((sum, sequence) => sum + sequence.length, 0);
        }
        const padding = 1 - total.tokens / total.places;
        runs.push({ batches: lengths.length, padding, shapes: shapes.size, correlation: correlation(lengths), delay });
      }
      const middle = (key: keyof (typeof runs)[number]): number => median(runs.map((run) => run[key]));
      rows.push([
        `${name}, maxTokens ${maxTokens}, pool ${poolBatches}`,
        String(middle('batches')),
        `${(100 * middle('padding')).toFixed(2)} %`,
        String(middle('shapes')),
        middle('correlation').toFixed(2),
        String(middle('delay')),
      ]);
    }
}
printTable(['sequences', 'batches', 'padding', 'shapes', 'order ~ length', 'read before the first'], rows);
