// npx tsx examples/lab/01-eos.ts
import { appendEos, CharacterTokenizer, InferenceModel, pipeline, score, tokenize } from 'babblebrook';

const tokenizer = new CharacterTokenizer(' abc');
const name = (id: number) => (id === tokenizer.eosId ? 'EOS' : JSON.stringify(tokenizer.decode([id])));
for await (const sequence of pipeline(['ab', 'a cab'], tokenize(tokenizer), appendEos(tokenizer)))
  console.log([...sequence].join(' '), ' = ', [...sequence].map(name).join(' '));

const model = await InferenceModel.load('models/state-of-the-union/best');
for (const text of ['We will', 'We will win', 'We will win.', 'We will win. ']) {
  const { tokens } = await score(model, text); // the last token is EOS
  console.log(JSON.stringify(text).padEnd(16), 'p(EOS) =', Math.exp(tokens.at(-1)?.logProbability ?? 0).toFixed(6));
}
