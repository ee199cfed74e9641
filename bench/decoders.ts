import { parseArgs } from 'node:util';
import {
  beamSearch,
  generateMany,
  greedy,
  LanguageModel,
  type PromptDecoder,
  pipeline,
  type RecurrentState,
  readText,
  sample,
  score,
  splitSentences,
} from '../src/index.js';
import { printTable } from './table.js';

// What each decoder finds: `npx tsx bench/decoders.ts --run DIR [--text FILE] [--prompts 40]`. Prompts are the first two
// words of sentences of a text; log-probabilities are the model's own.
const { values: flags } = parseArgs({
  options: {
    run: { type: 'string', default: 'runs/state-of-the-union' },
    text: { type: 'string', default: 'corpus/state-of-the-union.txt' },
    prompts: { type: 'string', default: '40' },
  },
});
const MAX_LENGTH = 300;
const model = await LanguageModel.load(`${flags.run}/best`);

const prompts = new Set<string>();
for await (const sentence of pipeline(readText(flags.text), splitSentences())) {
  const [first, second] = sentence.split(' ');
  if (second && prompts.size < Number(flags.prompts)) prompts.add(`${first} ${second}`);
}

type Decoder = PromptDecoder<RecurrentState>;
const decoders: [string, Decoder][] = [
  ['argmax', (predictor, prompt) => greedy(predictor, { prompt, maxLength: MAX_LENGTH })],
  ['sampling', (predictor, prompt, seed) => sample(predictor, { prompt, maxLength: MAX_LENGTH, seed })],
  [
    'sampling, temperature 0.7',
    (predictor, prompt, seed) => sample(predictor, { prompt, maxLength: MAX_LENGTH, seed, temperature: 0.7 }),
  ],
  ...[1, 2, 4, 8, 16, 32].map((beams): [string, Decoder] => [
    `beam search, K = ${beams}`,
    (predictor, prompt) => beamSearch(predictor, { prompt, maxLength: MAX_LENGTH, beams }),
  ]),
  [
    'beam search, K = 8, length penalty 1',
    (predictor, prompt) => beamSearch(predictor, { prompt, maxLength: MAX_LENGTH, beams: 8, lengthPenalty: 1 }),
  ],
];

const rows: string[][] = [];
const examples: string[] = [];
for (const [name, decoder] of decoders) {
  const found = [...prompts].map((prompt) => ({ prompt, text: prompt, tokens: 0, nats: 0 }));
  for await (const { index, token } of generateMany(model, prompts, decoder)) {
    const sentence = found[index];
    if (!sentence) continue;
    sentence.text += token.text;
    sentence.tokens++;
    sentence.nats += token.logProbability;
  }
  const mean = (of: (sentence: (typeof found)[number]) => number): number =>
    found.reduce((sum, sentence) => sum + of(sentence), 0) / found.length;
  for (const sentence of found)
    if (sentence.tokens < MAX_LENGTH) {
      const { logProbability } = await score(model, sentence.text.slice(sentence.prompt.length), sentence);
      sentence.nats = logProbability;
    }
  const tokens = mean((sentence) => sentence.tokens);
  const nats = mean((sentence) => sentence.nats);
  const cut = found.filter((sentence) => sentence.tokens === MAX_LENGTH).length;
  rows.push([name, nats.toFixed(1), (nats / tokens).toFixed(3), tokens.toFixed(0), String(cut)]);
  examples.push(...found.slice(0, 3).map(({ text }) => `- ${name}: *${text}*`));
}
printTable(['decoder', 'log-probability per sentence', 'per token', 'tokens', `cut at ${MAX_LENGTH}`], rows);
console.log(`\n${examples.join('\n')}`);
