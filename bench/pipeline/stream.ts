import { lastValueFrom, take } from 'rxjs';
import {
  adam,
  appendEos,
  bucketByLength,
  CharacterTokenizer,
  LanguageModel,
  limitLength,
  maskPadding,
  padBatch,
  pipeline,
  readText,
  shuffle,
  splitSentences,
  tokenize,
  train,
} from '../../src/index.js';
import { BUFFER_SIZE, MAX_TOKENS } from './work.js';

// A generated text of so many megabytes through the whole pipeline: `stream.ts CORPUS MEGABYTES iterate|train`. Prints the
// batches and the largest memory of the process, in megabytes.
const [corpus = '', megabytes = '', mode] = process.argv.slice(2);
const bytes = Number(megabytes) * 1e6;

/** The corpus again and again, a number between, so that no two rounds are alike. */
async function* generatedText(): AsyncGenerator<string> {
  let generated = 0;
  for (let round = 0; generated < bytes; round++) {
    yield `\n\nRound ${round}.\n\n`;
    for await (const chunk of readText(corpus)) {
      yield chunk;
      generated += chunk.length;
      if (generated >= bytes) return;
    }
  }
}

const tokenizer = await CharacterTokenizer.fromStream(readText(corpus));
const batches = pipeline(
  { [Symbol.asyncIterator]: generatedText },
  splitSentences(),
  tokenize(tokenizer),
  appendEos(tokenizer),
  limitLength({ maxLength: MAX_TOKENS }),
  shuffle({ bufferSize: BUFFER_SIZE, seed: 1 }),
  bucketByLength({ maxTokens: MAX_TOKENS }),
  padBatch(),
  maskPadding(),
);
let count = 0;
if (mode === 'train') {
  const model = new LanguageModel({ cell: 'rnn', tokenizer, embeddingSize: 16, hiddenSize: 32 });
  const { index } = await lastValueFrom(batches.pipe(train(model, { optimizer: adam() }), take(100)));
  count = index + 1;
} else for await (const _ of batches) count++;
console.log(JSON.stringify({ batches: count, peakMemory: process.resourceUsage().maxRSS / 1024 }));
