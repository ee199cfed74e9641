import { filter, type MonoTypeOperatorFunction } from 'rxjs';
import { checkNumber, checkOneOf, checkString } from '../errors.js';
import { hashString } from '../random.js';
import { checkText } from './checkText.js';

/** Options of `holdOut`. */
export interface HoldOutOptions {
  /** The share of sentences that are held out, from 0 to 1. */
  fraction: number;
  /** Another seed makes another split. Default 0. */
  seed?: number | undefined;
  /** Which side passes: `train` or the held-out `valid`. */
  keep: 'train' | 'valid';
}

/**
 * Passes one side of a split into training and validation sentences. The side is a matter of the sentence's hash: a
 * sentence that occurs twice never falls on both sides, and the order and number of sentences change nothing.
 *
 *     'Yes.', 'No.', 'Yes.' ──▶ holdOut({ fraction: 0.5, keep: 'valid' }) ──▶ 'Yes.', 'Yes.'
 *
 * @throws {InvalidArgumentError} when `fraction` is not a number from 0 to 1 or `seed` not an integer.
 * @throws {SourceError} (as the stream's error) when it is given anything but strings.
 */
export function holdOut({ fraction, seed = 0, keep }: HoldOutOptions): MonoTypeOperatorFunction<string> {
  checkNumber('fraction', fraction, { min: 0, max: 1 });
  checkNumber('seed', seed, { integer: true });
  checkOneOf('keep', keep, ['train', 'valid']);
  return filter((sentence) => placeOf(checkText('holdOut', sentence), seed) < fraction === (keep === 'valid'));
}

/**
 * Where a sentence stands among all, from 0 on and below 1: `holdOut` holds it out where its `fraction` is above that. Of
 * few sentences, none may stand below a small fraction; who must have one takes a fraction above the lowest place.
 * @throws {InvalidArgumentError} when `sentence` is no string or `seed` no integer.
 */
export function holdOutPlace(sentence: string, seed = 0): number {
  return placeOf(checkString('sentence', sentence), checkNumber('seed', seed, { integer: true }));
}

function placeOf(sentence: string, seed: number): number {
  return hashString(sentence, seed) / 2 ** 32;
}
