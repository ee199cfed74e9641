// npx tsx examples/lab/solution-08.ts [STEPS] [DISTANCE]
import { adam, appendEos, bucketByLength, CharacterTokenizer, LanguageModel, maskPadding, padBatch, pipeline, random, score, tokenize,
  train } from 'babblebrook';
import { lastValueFrom, take } from 'rxjs';

// A letter, dots, a question mark, and the same letter again. A model that has forgotten it can only guess, at ln 4 = 1.386 nats.
const [steps = '400', distance = '20'] = process.argv.slice(2);
const uniform = random(1, 'letters').uniform;
const letter = (place: number) => 'abcd'[Math.floor(4 * uniform(place))] ?? 'a';
const sentence = (place: number) => `${letter(place)}${'.'.repeat(Number(distance))}?${letter(place)}`;
const sentences = Array.from({ length: 64 * Number(steps) }, (_, place) => sentence(place));
const tokenizer = new CharacterTokenizer('.?abcd');

for (const cell of ['rnn', 'lstm', 'gru'] as const) {
  const model = new LanguageModel({ cell, tokenizer, embeddingSize: 8, hiddenSize: 64, forgetBias: cell === 'lstm' ? 1 : 0 });
  const training = pipeline(sentences, tokenize(tokenizer), appendEos(tokenizer),
    bucketByLength({ maxTokens: 64 * (Number(distance) + 4), poolBatches: 1 }), padBatch(), maskPadding()).pipe(
    train(model, { optimizer: adam({ learningRate: 0.005 }), clipNorm: 1 }), take(Number(steps)));
  await lastValueFrom(training);
  let nats = 0;
  for (const first of 'abcd') {
    const { tokens } = await score(model, first, { prompt: `${first}${'.'.repeat(Number(distance))}?`, end: false });
    nats -= (tokens[0]?.logProbability ?? 0) / 4;
  }
  console.log(`${cell}: ${nats.toFixed(3)} nats for the last letter, ${distance} dots behind the first`);
  model.dispose();
}
