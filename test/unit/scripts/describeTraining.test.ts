import test from 'ava';
import { describeTraining } from '../../../scripts/cli/describeTraining.js';
import { smallModel } from '../../support/languageModels.js';

test('a training is described by its model, what the cell computes, how much text there is, and of what tokens', (t) => {
  const model = smallModel({ cell: 'gru' });
  const size = (sentences: number, tokens: number) => ({ sentences, tokens, characters: 3 * tokens, batches: 1 });
  const lines = describeTraining('runs/gru', { train: size(1200, 34_000), valid: size(12, 340) }, model).split('\n');
  const { vocabularySize } = model.tokenizer;
  model.dispose();
  t.regex(lines[0] ?? '', /^gru with [\d,]+ weights, \w+ backend, run in runs\/gru$/);
  t.deepEqual(lines.slice(1), [
    '  z_t = σ(x_t·W_z + h_{t−1}·U_z)',
    '  r_t = σ(x_t·W_r + h_{t−1}·U_r)',
    '  h̃_t = tanh(x_t·W_h + (r_t ⊗ h_{t−1})·U_h)',
    '  h_t = (1 − z_t) ⊗ h_{t−1} + z_t ⊗ h̃_t',
    'train on 1,200 sentences, 34,000 tokens; validate on 12 sentences, 340 tokens',
    `a vocabulary of ${vocabularySize} tokens, of 3.00 characters in the mean`,
  ]);
});
