import test from 'ava';
import { gru } from '../../../src/cells/gru.js';
import { modelConfig } from '../../../src/model/ModelConfig.js';
import { modelCard, type TrainingMetrics } from '../../../src/model/modelCard.js';

const card = (metrics?: TrainingMetrics): string =>
  modelCard({
    cell: gru,
    config: modelConfig({ cell: 'gru', layers: 2 }),
    tokenizerType: 'characters',
    vocabularySize: 84,
    parameters: 355989,
    precision: 'float16',
    metrics,
  });

test('a card tells what the model is, and each figure of its training', (t) => {
  const text = card({ 'validation loss, nats per token': 1.17, corpus: 'speech.txt' });
  t.true(text.startsWith('# A language model: gru, 2 × 256\n'));
  for (const row of [
    '| numbers learned | 355,989 |',
    '| precision | float16 |',
    '| vocabularySize | 84 |',
    '| dropout | 0 |',
    '| validation loss, nats per token | 1.17 |',
    '| corpus | speech.txt |',
  ])
    t.true(text.includes(`\n${row}\n`), row);
});

test('a card without metrics says so', (t) => {
  for (const metrics of [undefined, {}])
    t.regex(card(metrics), /## Training\n\nNo figures were given when it was saved\.\n/);
});

test('whatever a figure is called and says, it stays one row of two cells', (t) => {
  t.regex(card({ 'a|b\n# c': 'd\r\n|e' }), /\n\| a\\\|b # c \| d \\\|e \|\n/);
});

test('a card tells what the cell computes, and which weight is what in that', (t) => {
  const text = card();
  t.true(
    text.includes(
      [
        '```math',
        '\\begin{aligned}',
        'z_t &= \\sigma(x_t \\cdot W_z + h_{t-1} \\cdot U_z) \\\\',
        'r_t &= \\sigma(x_t \\cdot W_r + h_{t-1} \\cdot U_r) \\\\',
        '\\tilde{h}_t &= \\tanh(x_t \\cdot W_h + (r_t \\otimes h_{t-1}) \\cdot U_h) \\\\',
        'h_t &= (1 - z_t) \\otimes h_{t-1} + z_t \\otimes \\tilde{h}_t',
        '\\end{aligned}',
        '```',
      ].join('\n'),
    ),
    text,
  );
  t.true(text.includes('\n| recurrentWeights | [U_z, U_r, U_h] |\n'));
});
