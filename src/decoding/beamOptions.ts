import { checkNumber } from '../errors.js';
import type { Tokenizer } from '../text/Tokenizer.js';
import { type CheckedDecodingOptions, checkDecodingOptions, type DecodingOptions } from './DecodingOptions.js';
import { type LengthPenalty, lengthPenalty } from './lengthPenalty.js';

/** Options of beam search. */
export interface BeamSearchOptions extends DecodingOptions {
  /** How many hypotheses are kept. Default 8. */
  beams?: number;
  /**
   * The exponent α of the length penalty ((5 + length) / 6)^α: above 0, longer sentences are favoured more. Needs
   * `maxLength`. Default 0: the most probable sentence wins.
   */
  lengthPenalty?: number;
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
export function checkBeamOptions(options: BeamSearchOptions, tokenizer: Tokenizer, count?: number): CheckedBeamOptions {
  const { beams = 8, lengthPenalty: alpha = 0, maxLength } = options;
  const wanted = count ?? beams;
  checkNumber('beams', beams, { integer: true, min: 1 });
  checkNumber('count', wanted, { integer: true, min: 1 });
  const penalty = lengthPenalty(alpha, maxLength);
  return { ...checkDecodingOptions(options, tokenizer), beams, wanted, penalty };
}
