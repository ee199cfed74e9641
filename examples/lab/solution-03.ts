// npx tsx examples/lab/solution-03.ts
import { appendEos, bucketByLength, evaluate, LanguageModel, maskPadding, padBatch, pipeline, tokenize } from 'babblebrook';
import { map } from 'rxjs';

const model = await LanguageModel.load('models/state-of-the-union/best');
const sentences = ['We will win.', 'My fellow Americans, we will win.', 'Thank you.'];
const batches = pipeline(sentences, tokenize(model.tokenizer), appendEos(model.tokenizer), bucketByLength({ maxTokens: 200 }), padBatch(), maskPadding());
const unmasked = pipeline(batches, map((batch) => ({ ...batch, mask: new Float32Array(batch.mask.length).fill(1) })));
console.log(`padding counted: ${(await evaluate(model, unmasked)).natsPerToken.toFixed(3)} nats per token`);
console.log(`padding masked:  ${(await evaluate(model, batches)).natsPerToken.toFixed(3)}`);
