// Trains a GRU on the bundled corpus, then lets it speak: npx tsx examples/01-first-sentences.ts [MINUTES] [CORPUS]
import { adam, fit, LanguageModel, prepareText, sample, textOf } from 'babblebrook';
import { lastValueFrom, tap } from 'rxjs';

const [minutes = '3', corpus = 'corpus/state-of-the-union.txt'] = process.argv.slice(2);

// Reads the text, splits it into sentences, and holds out 5 % of them to measure the loss on.
const text = await prepareText({ corpus });
console.log(`${text.size.train.sentences} sentences to learn from, ${text.size.valid.sentences} held out`);

const model = new LanguageModel({ cell: 'gru', tokenizer: text.tokenizer, hiddenSize: 256 });
const training = fit(model, { ...text, optimizer: adam({ learningRate: 3e-3 }), clipNorm: 5, until: { minutes: Number(minutes) } });

await lastValueFrom(training.pipe(tap((event) => {
  if (event.type === 'step' && event.step.step % 20 === 0) console.log(`step ${event.step.step}: ${event.step.loss.toFixed(3)} nats per character`);
  if (event.type === 'evaluation') console.log(`held out: ${event.metrics.validNatsPerToken.toFixed(3)} nats per character`);
})));

for (let seed = 1; seed <= 5; seed++) console.log(await textOf(sample(model, { temperature: 0.7, maxLength: 200, seed })));
