// npx tsx examples/lab/07-clipping.ts [STEPS] [CORPUS]
import { epochs, LanguageModel, NonFiniteError, prepareText, sgd, train } from 'babblebrook';
import { lastValueFrom, take, tap } from 'rxjs';

const [steps = '150', corpus = 'corpus/state-of-the-union.txt'] = process.argv.slice(2);
const text = await prepareText({ corpus, maxTokens: 3200 });

for (const clipNorm of [undefined, 1]) {
  const model = new LanguageModel({ cell: 'rnn', tokenizer: text.tokenizer, hiddenSize: 128 });
  let [highest, clipped, loss, made] = [0, 0, Number.NaN, 0];
  const training = epochs(100, text.batches).pipe(
    train(model, { optimizer: sgd({ learningRate: 2 }), clipNorm }),
    take(Number(steps)),
    tap((step) => {
      highest = Math.max(highest, step.gradientNorm);
      if (step.clippedNorm < step.gradientNorm) clipped++;
      [loss, made] = [step.loss, step.step + 1];
    }),
  );
  await lastValueFrom(training).catch((error) => {
    if (!(error instanceof NonFiniteError)) throw error;
    console.log(error.message);
  });
  console.log(`clipNorm ${clipNorm}: ${made} steps, ${clipped} clipped, highest norm ${highest.toFixed(1)}, last loss ${loss.toFixed(3)}`);
  model.dispose();
}
