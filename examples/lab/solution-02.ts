// npx tsx examples/lab/solution-02.ts [CORPUS]
import { appendEos, CharacterTokenizer, maskPadding, PipelineStats, padBatch, pipeline, readText, type Sequence, splitSentences,
  tokenize } from 'babblebrook';
import { bufferCount } from 'rxjs';

const [corpus = 'corpus/state-of-the-union.txt'] = process.argv.slice(2);
const tokenizer = await CharacterTokenizer.fromStream(readText(corpus));
const stats = new PipelineStats();
// 56 sentences at a time, in the order of the text, in place of bucketByLength.
const batches = pipeline(readText(corpus), splitSentences(), tokenize(tokenizer), appendEos(tokenizer),
  bufferCount<Sequence>(56), padBatch(), maskPadding(), stats.countBatches());
for await (const _ of batches);
console.log(`in the order of the text: ${(100 * stats.report().padding).toFixed(1)} % padding`);
