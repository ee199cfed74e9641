// npx tsx examples/lab/03-mask.ts
import { appendEos, bucketByLength, evaluate, LanguageModel, maskPadding, padBatch, pipeline, tokenize } from 'babblebrook';

const model = await LanguageModel.load('models/state-of-the-union/best');
const { eosId } = model.tokenizer;
const sentences = ['We will win.', 'My fellow Americans, we will win.', 'Thank you.'];
const batches = pipeline(sentences, tokenize(model.tokenizer), appendEos(model.tokenizer), bucketByLength({ maxTokens: 200 }), padBatch(), maskPadding());

let nats = 0;
let tokens = 0;
for await (const { ids, mask, size, length } of batches) {
  let inputs = new Int32Array(size).fill(eosId); // the model reads EOS first: a sentence begins
  let state: Awaited<ReturnType<typeof model.next>>['state'] | undefined;
  for (let t = 0; t < length; t++) {
    const rows = Int32Array.from({ length: size }, (_, row) => (state ? row : -1)); // the state that each goes on from: none at first
    const next = await model.next(state, rows, inputs);
    state = next.state;
    const vocabulary = next.logProbabilities.length / size;
    const targets = ids.slice(t * size, (t + 1) * size);
    for (const [row, target] of targets.entries()) {
      const logProbability = next.logProbabilities[row * vocabulary + target] ?? 0;
      nats -= logProbability * (mask[t * size + row] ?? 0); // the mask times the log-probability
      tokens += mask[t * size + row] ?? 0;
    }
    inputs = targets;
  }
}
console.log(`by hand:  ${(nats / tokens).toFixed(5)} nats per token, over ${tokens} tokens`);
console.log(`evaluate: ${(await evaluate(model, batches)).natsPerToken.toFixed(5)}`);
