import { readFileSync } from 'node:fs';
import type { ReferenceTensors } from '../reference/arrays.js';
import type { ReferenceConfig } from '../reference/languageModel.js';
import { fixtureAt } from './places.js';

/** A language model of PyTorch's, in this library's layout, and what another beam search found with it. */
export interface BeamsFixture {
  readonly config: ReferenceConfig;
  readonly weights: ReferenceTensors;
  readonly maxLength: number;
  readonly searches: readonly {
    readonly promptIds: readonly number[];
    readonly beams: number;
    readonly lengthPenalty: number;
    /** Time steps until the best hypothesis was certain. */
    readonly steps: number;
    /** As many as beams, best first. */
    readonly nBest: readonly {
      readonly ids: readonly number[];
      readonly complete: boolean;
      readonly logProbability: number;
      readonly score: number;
    }[];
  }[];
}

/** Reads what `make_beams.py` wrote. */
export function readBeamsFixture(): BeamsFixture {
  const file = fixtureAt('torch/beams.json');
  const { weights, ...fixture } = JSON.parse(readFileSync(file, 'utf8'));
  const tensors = Object.entries<{ shape: number[]; data: number[] }>(weights).map(([name, { shape, data }]) => [
    name,
    { shape, data: Float64Array.from(data) },
  ]);
  return { ...fixture, weights: Object.fromEntries(tensors) };
}
