import {
  appendEos,
  bucketByLength,
  CharacterTokenizer,
  limitLength,
  maskPadding,
  padBatch,
  pipeline,
  readText,
  SentencePieceTokenizer,
  shuffle,
  splitLines,
  splitSentences,
  tokenize,
} from '../../src/index.js';
import { BUFFER_SIZE, MAX_TOKENS, report } from './work.js';

// The library's pipeline: `ours.ts FILE lines|sentences [MODEL]`. The tokenizer is made before the clock starts.
const [file = '', cut, model] = process.argv.slice(2);
const tokenizer = model
  ? await SentencePieceTokenizer.load(model)
  : await CharacterTokenizer.fromStream(readText(file));
const batches = pipeline(
  readText(file),
  cut === 'sentences' ? splitSentences() : splitLines(),
  tokenize(tokenizer),
  appendEos(tokenizer),
  limitLength({ maxLength: MAX_TOKENS }),
  shuffle({ bufferSize: BUFFER_SIZE, seed: 1 }),
  bucketByLength({ maxTokens: MAX_TOKENS }),
  padBatch(),
  maskPadding(),
);
const work = { sentences: 0, tokens: 0, places: 0, batches: 0 };
const start = performance.now();
for await (const { size, length, tokens } of batches) {
  work.sentences += size;
  work.tokens += tokens;
  work.places += size * length;
  work.batches++;
}
report({ ...work, seconds: (performance.now() - start) / 1000 });
