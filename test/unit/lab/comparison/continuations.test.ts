import test from 'ava';
import { continuations } from '../../../../src/lab/comparison/continuations.js';
import { tokenizerOfSize } from '../../../support/languageModels.js';
import { TablePredictor } from '../../../support/tablePredictor.js';

// Ids: pad 0, EOS 1, unknown 2, a 3, b 4. After a, b is likeliest; after b, EOS.
const tokenizer = tokenizerOfSize(5);
const [a = NaN, b = NaN] = tokenizer.encode('ab');
const predictor = new TablePredictor(tokenizer, (prefix) => {
  const row = new Float64Array(5).fill(1e-9);
  row[prefix.at(-1) === a ? b : tokenizer.eosId] = 1;
  return row;
});

test('greedy, sample and beam search continue the prompt, which they do not repeat', async (t) => {
  t.deepEqual(await continuations(predictor, { prompt: 'a', seed: 1 }), [
    { decoder: 'greedy', text: 'b' },
    { decoder: 'sample', text: 'b' },
    { decoder: 'beam', text: 'b' },
  ]);
  t.is(predictor.liveStates, 0);
});

test('a model that never ends a sentence is stopped after 200 tokens', async (t) => {
  const endless = new TablePredictor(tokenizer, () => [1e-9, 1e-9, 1e-9, 1, 1e-9]);
  for (const { text } of await continuations(endless, { prompt: '', seed: 1 })) t.is(text, 'a'.repeat(200));
});
