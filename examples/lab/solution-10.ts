// npx tsx examples/lab/solution-10.ts [STEPS] [CORPUS] [VOCABULARY SIZE]
import { adam, fit, LanguageModel, prepareText } from 'babblebrook';
import { lastValueFrom, tap } from 'rxjs';

const [steps = '300', corpus = 'corpus/state-of-the-union.txt', size = '1000'] = process.argv.slice(2);
for (const tokenizer of ['characters', { pieces: Number(size) }] as const) {
  const text = await prepareText({ corpus, tokenizer, maxTokens: 3200 });
  const model = new LanguageModel({ cell: 'gru', tokenizer: text.tokenizer, hiddenSize: 128 });
  await lastValueFrom(fit(model, { ...text, optimizer: adam({ learningRate: 0.01 }), clipNorm: 5, until: { steps: Number(steps) } }).pipe(
    tap((event) => {
      if (event.type !== 'evaluation') return;
      const { validNatsPerToken, validBitsPerCharacter } = event.metrics;
      const name = tokenizer === 'characters' ? 'characters' : `${size} pieces`;
      console.log(`${name.padEnd(11)} ${validNatsPerToken.toFixed(3)} nats per token, ${validBitsPerCharacter.toFixed(3)} bits per character`);
    })));
  model.dispose();
}
