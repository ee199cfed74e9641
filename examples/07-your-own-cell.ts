// Trains a cell that the library lacks, saves the model, loads it, and lets it speak:
// npx tsx examples/07-your-own-cell.ts [STEPS] [DIRECTORY]
import { adam, appendEos, bucketByLength, CharacterTokenizer, cell, epochs, LanguageModel, maskPadding, oneMinus, padBatch,
  pipeline, readText, sample, sigmoid, splitSentences, tanh, tokenize, train } from 'babblebrook';
import { lastValueFrom, take } from 'rxjs';

/** An LSTM that writes as much as it forgets, and whose output gate sees the new memory. */
const coupled = cell({
  name: 'coupled',
  source: 'Greff et al., “LSTM: a search space odyssey”, 2017',
  state: ({ hidden }) => ({ hidden, memory: hidden }),
  weights: ({ input, hidden }) => ({ W: [input, 3 * hidden], U: [hidden, 3 * hidden], b: [3 * hidden], p: [hidden] }),
  step({ x, hidden: h, memory: C, W, U, b, p }) {
    const [f, o, c] = x.dot(W).plus(b).plus(h.dot(U)).split(3);
    const forget = sigmoid(f);
    const memory = forget.times(C).plus(oneMinus(forget).times(tanh(c)));
    const output = sigmoid(o.plus(memory.times(p)));
    const hidden = output.times(tanh(memory));
    return { output: hidden, state: { hidden, memory }, gates: { forget, output } };
  },
});

const [steps = '300', path = 'runs/my-cell'] = process.argv.slice(2);
const corpus = 'corpus/state-of-the-union.txt';
const tokenizer = await CharacterTokenizer.fromStream(readText(corpus));
const model = new LanguageModel({ cell: coupled, tokenizer });
const batches = () => pipeline(readText(corpus), splitSentences(), tokenize(tokenizer), appendEos(tokenizer),
  bucketByLength({ maxTokens: 3200 }), padBatch(), maskPadding());
const training = epochs(10, batches).pipe(train(model, { optimizer: adam({ learningRate: 3e-3 }), clipNorm: 5 }));
const { loss } = await lastValueFrom(training.pipe(take(Number(steps))));
console.log(`${loss.toFixed(3)} nats per character`);

await model.save(path);
const loaded = await LanguageModel.load(path);
for await (const token of sample(loaded, { maxLength: 200, temperature: 0.7, seed: 1 })) process.stdout.write(token.text);
