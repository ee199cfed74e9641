import test from 'ava';
import { recipeFlags } from '../../../scripts/cli/recipe.js';
import type { TrainFlags } from '../../../scripts/cli/TrainFlags.js';
import { cluster } from '../../../scripts/cluster.js';
import { compare } from '../../../scripts/compare.js';
import { train } from '../../../scripts/train.js';
import { OPTIMIZER_NAMES } from '../../../src/names.js';

const DEFAULTS = Object.fromEntries(
  train.options.map((option) => [option.attributeName(), option.defaultValue]),
) as unknown as TrainFlags;
const flagsOf = (given: Partial<TrainFlags>): TrainFlags =>
  recipeFlags({ ...DEFAULTS, ...given }, new Set(Object.keys(given)));

test('weights decay with AdamW, and only its like has a β₂', (t) => {
  const found = OPTIMIZER_NAMES.map((optimizer) => {
    const { weightDecay, beta2 } = flagsOf({ optimizer });
    return [optimizer, weightDecay, beta2];
  });
  t.deepEqual(found, [
    ['adam', undefined, 0.99],
    ['adamW', 0.2, 0.99],
    ['rmsProp', undefined, undefined],
    ['sgd', undefined, undefined],
  ]);
  t.is(flagsOf({}).optimizer, 'adamW');
});

test('what a flag says, no recipe changes', (t) => {
  t.like(flagsOf({ weightDecay: 0, embedding: 16, learningRate: 1e-3 }), {
    weightDecay: 0,
    embedding: 16,
    learningRate: 1e-3,
  });
});

test('characters have a smaller embedding, and in text that goes on a higher rate', (t) => {
  const sizes = [{}, { tokenizer: 'characters' }, { continuous: true }, { continuous: true, tokenizer: 'characters' }];
  t.deepEqual(
    sizes.map((given) => [flagsOf(given).embedding, flagsOf(given).learningRate]),
    [
      [128, 6e-3],
      [64, 6e-3],
      [128, 5e-3],
      [64, 8e-3],
    ],
  );
});

test('compare and cluster have no recipe', (t) => {
  for (const { options } of [compare, cluster]) {
    const byDefault = Object.fromEntries(options.map((option) => [option.attributeName(), option.defaultValue]));
    t.like(byDefault, { embedding: 64, optimizer: 'adam', learningRate: 5e-3, clip: 5 });
  }
});
