// npx tsx examples/lab/05-cells.ts [STEPS] [CORPUS]
import { adam, equationOf, fit, hiddenSizeFor, LanguageModel, parameterCount, prepareText } from 'babblebrook';
import { lastValueFrom, tap } from 'rxjs';

const [steps = '300', corpus = 'corpus/state-of-the-union.txt'] = process.argv.slice(2);
const text = await prepareText({ corpus, maxTokens: 3200 });
const { tokenizer } = text;

// As many parameters as an LSTM of 128, and a learning rate of its own for each.
const target = parameterCount({ cell: 'lstm', hiddenSize: 128 }, tokenizer.vocabularySize);
for (const [cell, learningRate] of [['rnn', 0.003], ['lstm', 0.02], ['gru', 0.02]] as const) {
  console.log(`\n${equationOf(cell).equation}`);
  const hiddenSize = hiddenSizeFor(target, { cell }, tokenizer.vocabularySize);
  const model = new LanguageModel({ cell, tokenizer, hiddenSize });
  await lastValueFrom(fit(model, { ...text, optimizer: adam({ learningRate }), clipNorm: 5, until: { steps: Number(steps) } }).pipe(
    tap((event) => {
      if (event.type === 'evaluation') console.log(`${cell} ${hiddenSize}: ${event.metrics.validNatsPerToken.toFixed(3)} nats per character held out`);
    })));
  model.dispose();
}
