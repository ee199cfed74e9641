// Trains, may be stopped with Ctrl-C, and goes on where it was when it is started again:
// npx tsx examples/04-stop-and-resume.ts [MINUTES] [DIRECTORY] [CORPUS]
import { adam, fit, LanguageModel, prepareText, RunDirectory, sample, textOf } from 'babblebrook';
import { lastValueFrom, tap } from 'rxjs';

const [minutes = '3', path = 'runs/fit', corpus = 'corpus/state-of-the-union.txt'] = process.argv.slice(2);
const text = await prepareText({ corpus });
const model = new LanguageModel({ cell: 'gru', tokenizer: text.tokenizer });
const run = await RunDirectory.open(path, { mode: 'resume' });
const stop = new AbortController();
process.once('SIGINT', () => stop.abort());

const end = await lastValueFrom(fit(model, {
  ...text, run, optimizer: adam({ learningRate: 3e-3 }), clipNorm: 5, until: { minutes: Number(minutes), patience: 3 },
  checkpointEvery: 20, signal: stop.signal,
}).pipe(tap((event) => {
  if (event.type === 'step' && event.step.step % 20 === 0) console.log(`step ${event.step.step}: ${event.step.loss.toFixed(3)}`);
  if (event.type === 'evaluation') console.log(`epoch ${event.metrics.epoch}: ${event.metrics.validNatsPerToken.toFixed(3)}`);
})));
if (end.type === 'end') console.log(`ended: ${end.reason}`);

const best = await RunDirectory.loadBest(path);
console.log(await textOf(sample(best, { temperature: 0.7, maxLength: 200, seed: 1 })));
