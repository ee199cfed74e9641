// npx tsx examples/lab/08-memory.ts [STEPS] [CORPUS]
import { adam, epochs, LanguageModel, prepareText, train } from 'babblebrook';
import { gradientFlow } from 'babblebrook/lab';
import { lastValueFrom, take } from 'rxjs';

const [steps = '150', corpus = 'corpus/state-of-the-union.txt'] = process.argv.slice(2);
const text = await prepareText({ corpus, maxTokens: 3200 });
const distances = [1, 5, 10, 20, 50];
console.log('left of ∂loss/∂state of the same time step, k steps back');
console.log('k'.padEnd(6), distances.map((k) => String(k).padStart(9)).join(''));

for (const [cell, learningRate] of [['rnn', 0.003], ['lstm', 0.02], ['gru', 0.02]] as const) {
  const model = new LanguageModel({ cell, tokenizer: text.tokenizer, hiddenSize: 128 });
  await lastValueFrom(epochs(100, text.batches).pipe(train(model, { optimizer: adam({ learningRate }), clipNorm: 5 }), take(Number(steps))));
  for await (const batch of text.validBatches) {
    if (batch.length < 60) continue; // long enough to look back in
    const flow = await gradientFlow(model, batch, { maxDistance: 50 });
    const share = (k: number) => (flow[k]?.loss.norm ?? 0) / (flow[0]?.loss.norm ?? 1);
    console.log(cell.padEnd(6), distances.map((k) => share(k).toExponential(1).padStart(9)).join(''));
    break;
  }
  model.dispose();
}
