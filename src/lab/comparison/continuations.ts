import { beamSearch } from '../../decoding/beamSearch.js';
import { greedy } from '../../decoding/greedy.js';
import { sample } from '../../decoding/sample.js';
import type { TokenPredictor } from '../../decoding/TokenPredictor.js';
import { textOf } from '../../decoding/textOf.js';
import { SAMPLE_TEMPERATURE } from '../../defaults.js';
import type { Continuation } from './Comparison.js';

/** How long a continuation may become, in tokens. */
const MAX_LENGTH = 200;

/**
 * The same prompt continued by a model in three ways: the most probable token each time, a sample at temperature 0.7, and
 * beam search with eight beams; each up to the end of the sentence, or 200 tokens.
 */
export async function continuations<State>(
  model: TokenPredictor<State>,
  { prompt, seed }: { prompt: string; seed: number },
): Promise<Continuation[]> {
  const options = { prompt, maxLength: MAX_LENGTH };
  return [
    { decoder: 'greedy', text: await textOf(greedy(model, options)) },
    { decoder: 'sample', text: await textOf(sample(model, { ...options, temperature: SAMPLE_TEMPERATURE, seed })) },
    { decoder: 'beam', text: await textOf(beamSearch(model, { ...options, beams: 8 })) },
  ];
}
