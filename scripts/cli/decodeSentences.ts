import {
  beamSearch,
  greedy,
  type LanguageModel,
  type LogProbabilityProcessor,
  minP,
  nBest,
  noRepeatNgram,
  repetitionPenalty,
  type Sentence,
  sample,
  stochasticBeams,
  type Token,
  temperature,
  topK,
  topP,
} from '../../src/index.js';
import type { GenerateFlags } from './GenerateFlags.js';

/** As many sentences as the flags ask for, each a stream of tokens. */
export async function* decodeSentences(
  model: LanguageModel,
  flags: GenerateFlags,
): AsyncGenerator<AsyncIterable<Token> | Iterable<Token>> {
  const { decoder, count, seed, beams } = flags;
  const options = decodingOptions(flags);
  if (decoder === 'beam' && count === 1) yield beamSearch(model, { ...options, ...beamOptions(flags) });
  else if (decoder === 'beam') {
    for await (const sentence of nBest(model, { ...options, ...beamOptions(flags), count }))
      yield tokensOf(model, flags.prompt, sentence);
  } else if (decoder === 'stochastic') {
    const drawn = stochasticBeams(model, { ...options, beams: beams ?? 8, seed });
    let sentences = 0;
    for await (const sentence of drawn) {
      yield tokensOf(model, flags.prompt, sentence);
      if (++sentences === count) return;
    }
  } else {
    for (let sentence = 0; sentence < count; sentence++)
      yield decoder === 'greedy' ? greedy(model, options) : sample(model, { ...options, seed: seed + sentence });
  }
}

/** What the flags say of every decoder; filters of the distribution are processors, so that all of them know these. */
export function decodingOptions(flags: GenerateFlags) {
  const { prompt, maxLength, minLength = 0, stop = [] } = flags;
  return { prompt, maxLength, minLength, stop, processors: processorsOf(flags) };
}

/** What the flags say of beam search. */
export function beamOptions({ beams = 8, lengthPenalty = 0 }: GenerateFlags) {
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

function tokensOf({ tokenizer }: LanguageModel, prompt: string, { ids, logProbabilities }: Sentence): Token[] {
  const detokenizer = tokenizer.detokenizer();
  for (const id of tokenizer.encode(prompt)) detokenizer.push(id);
  return ids.map((id, place) => ({
    id,
    text: detokenizer.push(id),
    logProbability: logProbabilities[place] ?? Number.NaN,
  }));
}
