// Learns a text as it stands, line ends and all, the state carried on: npx tsx examples/08-text-that-goes-on.ts [MINUTES] [CORPUS] [PROMPT]
import { adam, fit, LanguageModel, prepareContinuousText, sample } from 'babblebrook';
import { lastValueFrom, tap } from 'rxjs';

// `npm run corpus:shakespeare` fetches a text that suits this better: corpus/tinyshakespeare.txt, and a prompt such as $'ROMEO:\n'.
const [minutes = '3', corpus = 'corpus/state-of-the-union.txt', prompt = 'Mr. President'] = process.argv.slice(2);

// 32 rows read on in 32 places of the text; each batch is the next 100 characters of every row.
const text = await prepareContinuousText({ corpus, rows: 32, window: 100 });
const model = new LanguageModel({ cell: 'gru', tokenizer: text.tokenizer, hiddenSize: 256, dropout: 0.2 });

await lastValueFrom(fit(model, {
  ...text, carryState: true, optimizer: adam({ learningRate: 5e-3 }), clipNorm: 1, until: { minutes: Number(minutes) },
}).pipe(tap((event) => {
  if (event.type === 'step' && event.step.step % 50 === 0) console.log(`step ${event.step.step}: ${event.step.loss.toFixed(3)}`);
  if (event.type === 'evaluation') console.log(`held out: ${event.metrics.validNatsPerToken.toFixed(3)} nats per character`);
})));

process.stdout.write(`\n${prompt}`);
for await (const token of sample(model, { prompt, temperature: 0.7, maxLength: 500, seed: 1 })) process.stdout.write(token.text);
console.log();
