import { InvalidArgumentError } from '../../src/errors.js';
import { checkCell } from './checkCell.js';
import { checkTokenizer } from './checkTokenizer.js';
import { checkContinuousFlags } from './continuousFlags.js';
import type { TrainFlags } from './TrainFlags.js';

/**
 * Checks what can be told of flags, and of those that are typed, before the library is loaded; of a run that goes on, the settings that it began with count.
 * @throws {InvalidArgumentError} when a flag cannot be used, or lacks another one.
 */
export function checkTrainFlags(flags: TrainFlags, typed: ReadonlySet<string>): void {
  const { resume, out, cell, tokenizer, optimizer, weightDecay, initFrom, extendVocabulary } = flags;
  checkContinuousFlags(flags, typed);
  if (resume) {
    if (out !== undefined) return;
    throw new InvalidArgumentError('Expected --out, the run to go on with, beside --resume; got none');
  }
  if (extendVocabulary && initFrom === undefined)
    throw new InvalidArgumentError('Expected --init-from, the model to extend, beside --extend-vocabulary; got none');
  checkTemperature(flags);
  checkCell(cell);
  checkTokenizer(tokenizer);
  for (const name of ['l2', 'beta1', 'beta2'] as const)
    if (flags[name] !== undefined && !optimizer.startsWith('adam'))
      throw new InvalidArgumentError(
        `Expected --${name} beside --optimizer adam or adamW, got --optimizer ${optimizer}`,
      );
  if (weightDecay && optimizer !== 'adamW')
    throw new InvalidArgumentError(`Expected --weight-decay beside --optimizer adamW, got --optimizer ${optimizer}`);
}

/**
 * Checks that the temperature of a model can be fitted, where that is asked for.
 * @throws {InvalidArgumentError} when its projection is tied to the embedding.
 */
export function checkTemperature({ fitTemperature, tieWeights }: TrainFlags): void {
  if (fitTemperature && tieWeights)
    throw new InvalidArgumentError(
      'Expected a model with a projection of its own beside --fit-temperature, got one with --tie-weights',
    );
}
