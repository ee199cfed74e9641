export type { BeamState } from './decoding/BeamState.js';
export type { BeamNode, BeamTreeStep, LeftNode } from './decoding/BeamTreeStep.js';
export type { BeamSearchOptions } from './decoding/beamOptions.js';
export { beamSearch } from './decoding/beamSearch.js';
export { beamStates } from './decoding/beamStates.js';
export { beamTree } from './decoding/beamTree.js';
export type { DecodingOptions } from './decoding/DecodingOptions.js';
export {
  type GenerateManyOptions,
  generateMany,
  type IndexedToken,
  type PromptDecoder,
} from './decoding/generateMany.js';
export { greedy } from './decoding/greedy.js';
export type { Hypothesis } from './decoding/Hypothesis.js';
export type { DecodingContext, LogProbabilityProcessor } from './decoding/LogProbabilityProcessor.js';
export { type NBestOptions, nBest } from './decoding/nBest.js';
export { minP } from './decoding/processors/minP.js';
export { noRepeatNgram } from './decoding/processors/noRepeatNgram.js';
export { repetitionPenalty } from './decoding/processors/repetitionPenalty.js';
export { temperature } from './decoding/processors/temperature.js';
export { topK } from './decoding/processors/topK.js';
export { topP } from './decoding/processors/topP.js';
export type { Sentence } from './decoding/Sentence.js';
export { type SampleOptions, sample } from './decoding/sample.js';
export { type Score, type ScoreOptions, score } from './decoding/score.js';
export { type StochasticBeamSearchOptions, stochasticBeamSearch } from './decoding/stochasticBeamSearch.js';
export type { Token } from './decoding/Token.js';
export type { TokenPredictor } from './decoding/TokenPredictor.js';
export { textOf } from './decoding/textOf.js';
export {
  BabblebrookError,
  type BabblebrookErrorOptions,
  InvalidArgumentError,
} from './errors.js';
