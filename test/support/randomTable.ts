import { random } from '../../src/random.js';
import type { Tokenizer } from '../../src/text/Tokenizer.js';
import fc from './fastCheck.js';
import type { Table } from './tablePredictor.js';

/** Weights of tokens by a number from [0, 1): much alike, with favourites, or of few values, so that many are equal. */
const WEIGHTS = {
  smooth: (uniform: number): number => uniform + 0.05,
  peaky: (uniform: number): number => Math.exp(8 * uniform),
  ties: (uniform: number): number => Math.floor(3 * uniform),
};

/** What a random table is made of. */
export interface TableRecipe {
  readonly seed: number;
  readonly weights: keyof typeof WEIGHTS;
}

/** Recipes of random tables, for properties. */
export const tableRecipes: fc.Arbitrary<TableRecipe> = fc.record({
  seed: fc.nat(),
  weights: fc.constantFrom('smooth', 'peaky', 'ties'),
});

/** The same without impossible tokens: whatever is excluded, something is left to choose. */
export const positiveRecipes: fc.Arbitrary<TableRecipe> = fc.record({
  seed: fc.nat(),
  weights: fc.constantFrom('smooth', 'peaky'),
});

/** A table in which every prefix has probabilities of its own; pad and unknown have their share. */
export function randomTable(tokenizer: Tokenizer, { seed, weights }: TableRecipe): Table {
  const known = new Map<string, Float64Array>();
  return (prefix) => {
    const name = prefix.join();
    const row = known.get(name) ?? randomRow(tokenizer, seed, name, WEIGHTS[weights]);
    known.set(name, row);
    return row;
  };
}

function randomRow(
  { vocabularySize, unknownId, eosId }: Tokenizer,
  seed: number,
  name: string,
  weigh: (uniform: number) => number,
): Float64Array {
  const { uniform } = random(seed, name);
  const row = Float64Array.from({ length: vocabularySize }, (_, id) => weigh(uniform(id)));
  // Something must be left to generate.
  if (row.every((weight, id) => weight === 0 || id === 0 || id === unknownId)) row[eosId] = 1;
  const total = row.reduce((a, b) => a + b, 0);
  return row.map((weight) => weight / total);
}
