import { type AsyncIterableX, toArray } from 'ix/asynciterable';
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

/** What a decoder generates, whether it streams tokens or sentences. */
export interface Generated {
  readonly ids: readonly number[];
  readonly text: string;
  readonly logProbabilities: readonly number[];
}

/** All sentences that a decoder generates. */
export type Generate = (predictor: TokenPredictor<TableState>, options: DecodingOptions) => Promise<Generated[]>;

async function whole(tokens: AsyncIterable<Token>): Promise<Generated[]> {
  const all = await toArray(tokens);
  return [
    {
      ids: all.map(({ id }) => id),
      text: all.map(({ text }) => text).join(''),
      logProbabilities: all.map(({ logProbability }) => logProbability),
    },
  ];
}

/** Every decoder that generates text, as one that gives whole sentences. */
export const generators: ReadonlyArray<readonly [name: string, generate: Generate]> = [
  ['greedy', (predictor, options) => whole(greedy(predictor, options))],
  ['sample', (predictor, options) => whole(sample(predictor, options))],
  ['beamSearch', (predictor, options) => whole(beamSearch(predictor, { ...options, beams: 3 }))],
  ['nBest', (predictor, options) => toArray(nBest(predictor, { ...options, beams: 3 }))],
  ['stochasticBeamSearch', (predictor, options) => toArray(stochasticBeamSearch(predictor, { ...options, beams: 3 }))],
];
