import type { AsyncIterableX } from 'ix/asynciterable';
import { beamSearch } from '../../../src/decoding/beamSearch.js';
import { beamStates } from '../../../src/decoding/beamStates.js';
import type { DecodingOptions } from '../../../src/decoding/DecodingOptions.js';
import { greedy } from '../../../src/decoding/greedy.js';
import { nBest } from '../../../src/decoding/nBest.js';
import { sample } from '../../../src/decoding/sample.js';
import { stochasticBeamSearch } from '../../../src/decoding/stochasticBeamSearch.js';
import type { Token } from '../../../src/decoding/Token.js';
import type { TokenPredictor } from '../../../src/decoding/TokenPredictor.js';
import type { TableState } from '../../support/tablePredictor.js';

/** A decoder over a table, with the options that all decoders have. */
export type Decoder = (predictor: TokenPredictor<TableState>, options?: DecodingOptions) => AsyncIterableX<Token>;

/** The decoders of one hypothesis, token by token: what is true of any of them is tested on each. */
export const decoders: ReadonlyArray<readonly [name: string, decoder: Decoder]> = [
  ['greedy', greedy],
  ['sample', sample],
  ['beamSearch of one beam', (predictor, options) => beamSearch(predictor, { ...options, beams: 1 })],
];

/** A decoder, whatever it yields: tokens, sentences or hypotheses. */
export type AnyDecoder = (predictor: TokenPredictor<TableState>, options: DecodingOptions) => AsyncIterableX<unknown>;

/** Every decoder: what options do is tested on each. */
export const everyDecoder: ReadonlyArray<readonly [name: string, decoder: AnyDecoder]> = [
  ['greedy', greedy],
  ['sample', sample],
  ['beamSearch', beamSearch],
  ['beamStates', beamStates],
  ['nBest', nBest],
  ['stochasticBeamSearch', stochasticBeamSearch],
];
