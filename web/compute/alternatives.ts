import {
  type LogProbabilityProcessor,
  minP,
  PAD_ID,
  type Tokenizer,
  temperature,
  topK,
  topP,
} from '../../src/browser.js';
import type { Alternative, AlternativesResult, Excluding, Sampling } from './types.js';

/** What is asked of the distribution at a place. */
export interface PlaceAsked {
  readonly at: number;
  readonly count: number;
  readonly sampling: Sampling;
  /** The ids before it. */
  readonly before: Int32Array;
  /** What stands there. */
  readonly standing: number | undefined;
}

/** What could stand at a place, by the log-probabilities there: as the model gives them, and as `sample` draws. */
export function alternativesOf(
  tokenizer: Tokenizer,
  logProbabilities: Float32Array,
  { at, count, sampling, before, standing }: PlaceAsked,
): AlternativesResult {
  const order = Int32Array.from(logProbabilities.keys());
  const of = (id: number): number => logProbabilities[id] as number;
  order.sort((a, b) => of(b) - of(a) || a - b);
  const { drawn, excluded } = drawing(tokenizer, logProbabilities, sampling);
  const texts = textsBehind(tokenizer, before);
  const alternative = (id: number, rank: number): Alternative => ({
    ...{ id, rank, text: texts(id), isEnd: id === tokenizer.eosId },
    ...{ probability: Math.exp(of(id)), drawn: drawn[id] as number, excludedBy: excluded.get(id) },
  });
  return {
    at,
    alternatives: Array.from(order.subarray(0, count), (id, index) => alternative(id, index + 1)),
    standing: standing === undefined ? undefined : alternative(standing, order.indexOf(standing) + 1),
    drawable: drawn.reduce((sum, probability) => sum + Number(probability > 0), 0),
  };
}

/** With what probability each token is drawn, and what excludes others; the order is that of `sample`. */
function drawing(
  { unknownId }: Tokenizer,
  logProbabilities: Float32Array,
  sampling: Sampling,
): { drawn: Float64Array; excluded: Map<number, Excluding> } {
  const left = logProbabilities.slice();
  const excluded = new Map<number, Excluding>();
  const note = (why: Excluding): void => {
    for (const [id, value] of left.entries()) if (value === -Infinity && !excluded.has(id)) excluded.set(id, why);
  };
  for (const id of [PAD_ID, unknownId]) left[id] = -Infinity;
  note('never');
  const run = (process: LogProbabilityProcessor): void => {
    process(left, { promptIds: [], generatedIds: [] });
  };
  if (sampling.temperature !== undefined) run(temperature(sampling.temperature));
  for (const [name, make] of [
    ['topK', topK],
    ['topP', topP],
    ['minP', minP],
  ] as const) {
    const value = sampling[name];
    if (value === undefined) continue;
    run(make(value));
    note(name);
  }
  const best = left.reduce((most, value) => Math.max(most, value), -Infinity);
  const powers = Float64Array.from(left, (value) => Math.exp(value - best));
  const sum = powers.reduce((total, power) => total + power, 0);
  return { drawn: powers.map((power) => power / sum), excluded };
}

/** What an id writes behind others. */
function textsBehind(tokenizer: Tokenizer, before: Int32Array): (id: number) => string {
  const after = (ids: Int32Array) => {
    const detokenizer = tokenizer.detokenizer();
    for (const id of ids) detokenizer.push(id);
    return detokenizer;
  };
  const there = after(before);
  return (id) => (there.copy?.() ?? after(before)).push(id);
}
