// npx tsx examples/lab/02-padding.ts [CORPUS]
import { appendEos, bucketByLength, CharacterTokenizer, maskPadding, PipelineStats, padBatch, pipeline, readText, splitSentences,
  tokenize } from 'babblebrook';

const sentences = ['We will.', 'They have gone home.', 'I do.', 'We go.', 'It is a fine day.'];
const tokenizer = await CharacterTokenizer.fromStream(sentences);
const small = pipeline(sentences, tokenize(tokenizer), appendEos(tokenizer), bucketByLength({ maxTokens: 45 }), padBatch(), maskPadding());
for await (const { ids, mask, size, length } of small) {
  console.log(`\n${size} sentences × ${length} tokens`);
  for (let row = 0; row < size; row++) {
    const places = Array.from({ length }, (_, t) => t * size + row); // time-major
    const letter = (id = 0) => (id === 0 ? '·' : id === tokenizer.eosId ? '⏎' : tokenizer.decode([id]));
    console.log(places.map((at) => letter(ids[at])).join('').padEnd(24), places.map((at) => mask[at]).join(''));
  }
}

const [corpus = 'corpus/state-of-the-union.txt'] = process.argv.slice(2);
const characters = await CharacterTokenizer.fromStream(readText(corpus));
for (const poolBatches of [1, 4, 64]) {
  const stats = new PipelineStats();
  const batches = pipeline(readText(corpus), splitSentences(), tokenize(characters), appendEos(characters),
    bucketByLength({ maxTokens: 6400, poolBatches }), padBatch(), maskPadding(), stats.countBatches());
  for await (const _ of batches);
  console.log(`poolBatches ${poolBatches}: ${(100 * stats.report().padding).toFixed(1)} % padding`);
}
