import test from 'ava';
import { InvalidArgumentError } from '../../../src/errors.js';
import { LanguageModel, type LanguageModelOptions } from '../../../src/model/LanguageModel.js';
import { modelConfig } from '../../../src/model/ModelConfig.js';
import { CELL_NAMES } from '../../../src/names.js';
import { tokenizerOfSize } from '../../support/languageModels.js';
import { leftBehind, nothing } from '../../support/memory.js';

test('what is not said has its default', (t) => {
  t.deepEqual(modelConfig({ cell: 'lstm' }), {
    cell: 'lstm',
    embeddingSize: 64,
    hiddenSize: 256,
    layers: 1,
    dropout: 0,
    tieWeights: false,
    initialState: 'zero',
    bias: true,
    forgetBias: 0,
    seed: 1,
  });
});

test('by default an rnn has biases, a gru none', (t) => {
  t.true(modelConfig({ cell: 'rnn' }).bias);
  t.false(modelConfig({ cell: 'gru' }).bias);
  t.false(modelConfig({ cell: 'gruResetAfter' }).bias);
});

test('undefined is the same as not said', (t) => {
  t.deepEqual(modelConfig({ cell: 'gru', bias: undefined, layers: undefined }), modelConfig({ cell: 'gru' }));
});

const mistakes: [Record<string, unknown>, string][] = [
  [
    { cell: 'LSTM' },
    `Expected cell to be one of ${CELL_NAMES.join(', ')}, or a cell made by cell(), got "LSTM" (string)`,
  ],
  [{ cell: undefined }, `Expected cell to be one of ${CELL_NAMES.join(', ')}, or a cell made by cell(), got undefined`],
  [{ embeddingSize: 0 }, 'Expected embeddingSize to be an integer of at least 1, got 0 (number)'],
  [{ embeddingSize: 1.5 }, 'Expected embeddingSize to be an integer of at least 1, got 1.5 (number)'],
  [{ hiddenSize: -256 }, 'Expected hiddenSize to be an integer of at least 1, got -256 (number)'],
  [{ hiddenSize: '256' }, 'Expected hiddenSize to be an integer of at least 1, got "256" (string)'],
  [{ layers: 0 }, 'Expected layers to be an integer of at least 1 and of at most 1000, got 0 (number)'],
  [{ layers: Infinity }, 'Expected layers to be an integer of at least 1 and of at most 1000, got Infinity (number)'],
  [{ dropout: 1 }, 'Expected dropout to be a number of at least 0 and below 1, got 1 (number)'],
  [{ dropout: -0.1 }, 'Expected dropout to be a number of at least 0 and below 1, got -0.1 (number)'],
  [{ dropout: NaN }, 'Expected dropout to be a number of at least 0 and below 1, got NaN (number)'],
  [{ tieWeights: 'yes' }, 'Expected tieWeights to be one of true, false, got "yes" (string)'],
  [
    { tieWeights: true, embeddingSize: 64, hiddenSize: 128 },
    'Expected embeddingSize and hiddenSize to be equal with tieWeights, got 64 and 128',
  ],
  [{ initialState: 'random' }, 'Expected initialState to be one of zero, learned, got "random" (string)'],
  [{ forgetBias: '1' }, 'Expected forgetBias to be a number that is finite, got "1" (string)'],
  [{ forgetBias: NaN }, 'Expected forgetBias to be a number that is finite, got NaN (number)'],
  [{ forgetBias: 1, bias: false }, 'Expected forgetBias to be 0 without biases, got 1 (number)'],
  [
    { cell: 'gru', forgetBias: 1 },
    'Expected forgetBias to be 0 for the cell gru, which has no forget gate that would begin with it, got 1 (number)',
  ],
  [{ bias: 0 }, 'Expected bias to be one of true, false, got 0 (number)'],
  [{ seed: 0.5 }, 'Expected seed to be an integer that is finite, got 0.5 (number)'],
  [{ tokenizer: undefined }, 'Expected tokenizer.vocabularySize to be an integer of at least 1, got undefined'],
  [
    { tokenizer: { ...tokenizerOfSize(7), eosId: 7 } },
    'Expected tokenizer.eosId to be an integer of at least 0 and below 7, got 7 (number)',
  ],
];

for (const [options, message] of mistakes)
  test.serial(message, async (t) => {
    const all = { cell: 'lstm', tokenizer: tokenizerOfSize(7), ...options } as LanguageModelOptions;
    const left = await leftBehind(() =>
      t.throws(() => new LanguageModel(all), { instanceOf: InvalidArgumentError, message }),
    );
    t.deepEqual(left, nothing);
  });
