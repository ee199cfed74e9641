import { DEFAULT_BEAMS } from '../defaults.js';
import { checkNumber } from '../errors.js';
import { checkMemory } from './checkMemory.js';
import { type CheckedDecodingOptions, checkDecodingOptions, type DecodingOptions } from './DecodingOptions.js';
import { type LengthPenalty, lengthPenalty } from './lengthPenalty.js';
import { mostHypotheses } from './mostHypotheses.js';
import type { TokenPredictor } from './TokenPredictor.js';

/** Options of beam search. */
export interface BeamSearchOptions extends DecodingOptions {
  /** How many hypotheses are kept. Memory must have room for as many as there can be. Default 8. */
  beams?: number | undefined;
  /**
   * The exponent α of the length penalty ((5 + length) / 6)^α: above 0, longer sentences are favoured more. Needs
   * `maxLength`. Default 0: the most probable sentence wins.
   */
  lengthPenalty?: number | undefined;
}

/** `BeamSearchOptions` with their defaults. */
export interface CheckedBeamOptions extends CheckedDecodingOptions {
  readonly beams: number;
  /** How many of the best hypotheses are wanted. */
  readonly wanted: number;
  readonly penalty: LengthPenalty;
}

/**
 * Checks options of a search for the `count` best hypotheses, or as many as there are beams.
 * @throws {InvalidArgumentError} on an option that cannot be used.
 */
export function checkBeamOptions<State>(
  options: BeamSearchOptions,
  predictor: TokenPredictor<State>,
  count?: number,
): CheckedBeamOptions {
  const { beams = DEFAULT_BEAMS, lengthPenalty: alpha = 0, maxLength } = options;
  const wanted = count ?? beams;
  checkNumber('beams', beams, { integer: true, min: 1 });
  checkNumber('count', wanted, { integer: true, min: 1 });
  const penalty = lengthPenalty(alpha, maxLength);
  const checked = checkDecodingOptions(options, predictor.tokenizer);
  checkMemory('beams', beams, Math.min(beams, mostHypotheses(predictor.tokenizer, checked)), predictor);
  return { ...checked, beams, wanted, penalty };
}
