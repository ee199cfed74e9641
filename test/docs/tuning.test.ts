import { readFileSync } from 'node:fs';
import test from 'ava';
import { CONTINUOUS_RECIPE, RECIPE, recipeOf } from '../../scripts/cli/recipe.js';
import { MOST_CONTINUOUS_PIECES, MOST_PIECES } from '../../src/defaults.js';
import { fileAt } from '../support/places.js';

/** A row of the table of defaults: sentences, text that goes on, and both of characters. */
function row(name: string): string[] {
  const lines = readFileSync(fileAt('docs/tuning.md'), 'utf8').split('\n');
  const [, ...cells] =
    lines
      .find((line) => line.startsWith(`| ${name} |`))
      ?.split('|')
      .slice(1, -1) ?? [];
  return cells.map((cell) => cell.trim());
}

test('docs/tuning.md tells the defaults of train', (t) => {
  const recipes = ['auto', 'characters'].flatMap((tokenizer) =>
    [false, true].map((continuous) => recipeOf({ tokenizer, continuous })),
  );
  for (const [name, of] of [
    ['`--hidden`, of a GRU', 'hidden'],
    ['`--embedding`', 'embedding'],
    ['`--dropout`', 'dropout'],
    ['`--dropout-state`', 'dropoutState'],
    ['`--dropout-epochs`', 'dropoutEpochs'],
    ['`--learning-rate`', 'learningRate'],
  ] as const)
    t.deepEqual(
      row(name).map(Number),
      recipes.map((recipe) => recipe[of]),
      name,
    );
  t.deepEqual(
    row('pieces, at most').slice(0, 2),
    [MOST_PIECES, MOST_CONTINUOUS_PIECES].map((count) => count.toLocaleString('en')),
  );
  t.deepEqual(row('`--optimizer`, `--weight-decay`'), [
    `${RECIPE.optimizer}, ${RECIPE.weightDecay}`,
    ...Array(3).fill('the same'),
  ]);
  t.true(
    recipes.every(({ optimizer, weightDecay }) => optimizer === RECIPE.optimizer && weightDecay === RECIPE.weightDecay),
  );
  const [first, ...others] = row('`--beta2`, `--clip`, `--warmup`, `--final-rate`, `--average`');
  const common = recipes.map(({ beta2, clip, warmup, finalRate, average }) => [
    beta2,
    clip,
    warmup,
    finalRate,
    average,
  ]);
  t.deepEqual(
    common.map((numbers) => numbers.join(', ')),
    [first, first, first, first],
  );
  t.deepEqual(others, ['the same', 'the same', 'the same']);
});

test('pieces of text that goes on are read in windows half as long as characters', (t) => {
  t.like(recipeOf({ tokenizer: 'auto', continuous: true }), { rows: CONTINUOUS_RECIPE.rows, window: 50 });
  t.like(recipeOf({ tokenizer: 'characters', continuous: true }), { rows: CONTINUOUS_RECIPE.rows, window: 100 });
});
