import test from 'ava';
import { modelConfig } from '../../src/model/ModelConfig.js';
import { modelCard, type TrainingFigures } from '../../src/model/modelCard.js';

const card = (figures?: TrainingFigures): string =>
  modelCard({
    config: modelConfig({ cell: 'gru', layers: 2 }),
    tokenizerType: 'characters',
    vocabularySize: 84,
    parameters: 355989,
    figures,
  });

test('a card tells what the model is, and each figure of its training', (t) => {
  const text = card({ 'validation loss, nats per token': 1.17, corpus: 'speech.txt' });
  t.true(text.startsWith('# A language model: gru, 2 × 256\n'));
  for (const row of [
    '| numbers learned | 355,989 |',
    '| vocabularySize | 84 |',
    '| dropout | 0 |',
    '| validation loss, nats per token | 1.17 |',
    '| corpus | speech.txt |',
  ])
    t.true(text.includes(`\n${row}\n`), row);
});

test('a card without figures says so', (t) => {
  for (const figures of [undefined, {}])
    t.regex(card(figures), /## Training\n\nNo figures were given when it was saved\.\n/);
});

test('whatever a figure is called and says, it stays one row of two cells', (t) => {
  t.regex(card({ 'a|b\n# c': 'd\r\n|e' }), /\n\| a\\\|b # c \| d \\\|e \|\n/);
});
