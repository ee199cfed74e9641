import {
  beamSearch,
  greedy,
  type LogProbabilityProcessor,
  minP,
  nBest,
  noRepeatNgram,
  repetitionPenalty,
  sample,
  stochasticBeamSearch,
  type Token,
  type TokenPredictor,
  temperature,
  topK,
  topP,
} from '../../src/decoding.js';
import { DEFAULT_BEAMS } from '../../src/defaults.js';
import type { GenerateFlags } from '../generate.js';
import { decodeTogether } from './decodeTogether.js';

/** As many sentences as the flags ask for, each a stream of tokens. */
export async function* decodeSentences<State>(
  model: TokenPredictor<State>,
  flags: GenerateFlags,
): AsyncGenerator<AsyncIterable<Token> | Iterable<Token>> {
  const { decoder, count, seed = 1, beams = DEFAULT_BEAMS } = flags;
  const options = decodingOptions(flags);
  if (decoder === 'beam' && count === 1) yield beamSearch(model, { ...options, ...beamOptions(flags) });
  else if (decoder === 'beam') {
    for await (const sentence of nBest(model, { ...options, ...beamOptions(flags), count })) yield sentence.tokens;
  } else if (decoder === 'stochastic') {
    const drawn = stochasticBeamSearch(model, { ...options, beams, seed });
    let sentences = 0;
    for await (const sentence of drawn) {
      yield sentence.tokens;
      if (++sentences === count) return;
    }
  } else {
    const decode = <Shared>(predictor: TokenPredictor<Shared>, sentence: number): AsyncIterable<Token> =>
      decoder === 'greedy'
        ? greedy(predictor, options)
        : sample(predictor, { ...options, seed: seedOf(seed, sentence) });
    // Of one by one alone, the milliseconds of each token are its own.
    if (count > 1 && !flags.json)
      yield* decodeTogether(model, count, (shared, _, sentence) => decode(shared, sentence));
    else for (let sentence = 0; sentence < count; sentence++) yield decode(model, sentence);
  }
}

/** What the flags say of every decoder; filters of the distribution are processors, so that all of them know these. */
export function decodingOptions(flags: GenerateFlags) {
  const { prompt, maxLength, minLength = 0, stop = [], omitStop } = flags;
  return { prompt, maxLength, minLength, stop, omitStop, processors: processorsOf(flags) };
}

/** What the flags say of beam search. */
export function beamOptions({ beams = DEFAULT_BEAMS, lengthPenalty = 0 }: GenerateFlags) {
  return { beams, lengthPenalty };
}

function processorsOf(flags: GenerateFlags): LogProbabilityProcessor[] {
  const made: [number | undefined, (value: number) => LogProbabilityProcessor][] = [
    [flags.repetitionPenalty, repetitionPenalty],
    [flags.blockNgram, noRepeatNgram],
    [flags.temperature, temperature],
    [flags.topK, topK],
    [flags.topP, topP],
    [flags.minP, minP],
  ];
  return made.flatMap(([value, make]) => (value === undefined ? [] : [make(value)]));
}

/** Of a seed, the low 32 bits count: without the others, no sum is too large. */
function seedOf(seed: number, sentence: number): number {
  return (seed % 2 ** 32) + sentence;
}
