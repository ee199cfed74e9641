import test from 'ava';
import { InvalidArgumentError } from '../../../src/errors.js';
import type { ModelOptions } from '../../../src/model/ModelConfig.js';
import { hiddenSizeFor, parameterCount } from '../../../src/model/parameterCount.js';
import fc from '../../support/fastCheck.js';
import { smallModel } from '../../support/languageModels.js';
import { throwsInvalid } from '../../support/throwsInvalid.js';

test('the parameters of an LSTM, counted by hand: embedding, four blocks, projection', (t) => {
  const options: ModelOptions = { cell: 'lstm', embeddingSize: 64, hiddenSize: 256 };
  t.is(parameterCount(options, 100), 100 * 64 + 4 * (64 * 256 + 256 * 256 + 256) + 256 * 100 + 100);
});

for (const cell of ['rnn', 'lstm', 'gru'] as const)
  test(`${cell}: the parameters are as many as the weights of a model hold numbers`, (t) => {
    for (const layers of [1, 2])
      for (const initialState of ['zero', 'learned'] as const) {
        const options = { cell, embeddingSize: 3, hiddenSize: 4, layers, initialState };
        const model = smallModel(options);
        const numbers = Object.values(model.weights).reduce((sum, { size }) => sum + size, 0);
        model.dispose();
        t.is(parameterCount(options, 7), numbers);
      }
  });

test('no hidden size has a number of parameters nearer to the one asked for', (t) => {
  fc.assert(
    fc.property(
      fc.constantFrom('rnn', 'lstm', 'gru'),
      fc.integer({ min: 1, max: 1e7 }),
      fc.integer({ min: 1, max: 3 }),
      (cell, parameters, layers) => {
        const options: ModelOptions = { cell, embeddingSize: 64, layers };
        const size = hiddenSizeFor(parameters, options, 90);
        const off = (hiddenSize: number): number =>
          Math.abs(parameterCount({ ...options, hiddenSize }, 90) - parameters);
        t.true(off(size) <= off(size + 1));
        if (size > 1) t.true(off(size) <= off(size - 1));
      },
    ),
  );
});

test('the parameters of a model give back its hidden size', (t) => {
  const options: ModelOptions = { cell: 'gru', embeddingSize: 32, hiddenSize: 173 };
  t.is(hiddenSizeFor(parameterCount(options, 80), options, 80), 173);
});

test('what cannot be counted is an error', (t) => {
  const options: ModelOptions = { cell: 'rnn', embeddingSize: 8 };
  throwsInvalid(t, () => parameterCount(options, 0), 'vocabularySize');
  throwsInvalid(t, () => hiddenSizeFor(0.5, options, 10), 'parameters');
  t.throws(() => hiddenSizeFor(1000, { ...options, tieWeights: true }, 10), { instanceOf: InvalidArgumentError });
});
