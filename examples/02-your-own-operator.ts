// An operator of your own in a pipeline of text: npx tsx examples/02-your-own-operator.ts [CORPUS]
import { appendEos, bucketByLength, maskPadding, padBatch, pipeline, readText, splitSentences, tokenize } from 'babblebrook/pipeline';
import { CharacterTokenizer } from 'babblebrook/text';
import { concat, defer, filter, type MonoTypeOperatorFunction, mergeMap } from 'rxjs';

/**
 * Joins each `count` sentences into one, and at the end those that are left.
 *
 *     'One.', 'Two.', 'Three.' ──▶ joinSentences(2) ──▶ 'One. Two.', 'Three.'
 */
function joinSentences(count: number): MonoTypeOperatorFunction<string> {
  return (source) =>
    // `defer`: each subscription has its own memory.
    defer(() => {
      let held: string[] = [];
      const flush = () => {
        const joined = held.length > 0 ? [held.join(' ')] : [];
        held = [];
        return joined;
      };
      const add = (sentence: string) => (held.push(sentence) < count ? [] : flush());
      return concat(source.pipe(mergeMap(add)), defer(flush));
    });
}

const [corpus = 'corpus/state-of-the-union.txt'] = process.argv.slice(2);

const pairs = pipeline(readText(corpus), splitSentences(), filter((sentence) => sentence.length < 60), joinSentences(2));
let shown = 0;
for await (const pair of pairs) {
  console.log(pair);
  if (++shown === 3) break; // closes the file: the rest is never read
}

const tokenizer = await CharacterTokenizer.fromStream(readText(corpus));
const batches = pipeline(pairs, tokenize(tokenizer), appendEos(tokenizer), bucketByLength({ maxTokens: 6400 }), padBatch(), maskPadding());
for await (const batch of batches) {
  console.log(`first batch: ${batch.size} pairs of up to ${batch.length} characters`);
  break;
}
