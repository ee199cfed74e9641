import { InvalidArgumentError, invalid } from '../errors.js';
import type { Tokenizer } from './Tokenizer.js';

/**
 * The tokenizer of models that are used together.
 * @throws {InvalidArgumentError} when there is none, one is no `TokenPredictor`, or they do not have the same tokenizer.
 */
export function sameTokenizer(
  models: readonly { readonly tokenizer: Tokenizer; readonly next: unknown; readonly free: unknown }[],
): Tokenizer {
  if (!Array.isArray(models)) throw invalid('models', 'an array of models', models);
  const [first] = models;
  if (first === undefined) throw new InvalidArgumentError('Expected models, got none', { options: ['models'] });
  for (const model of models)
    if (typeof model?.next !== 'function' || typeof model.free !== 'function')
      throw invalid('each of models', 'a TokenPredictor, such as a LanguageModel', model);
  const known = JSON.stringify(first.tokenizer);
  for (const [place, { tokenizer }] of models.entries())
    if (JSON.stringify(tokenizer) !== known)
      throw new InvalidArgumentError(`Expected models of one tokenizer, got another in model ${place}`, {
        options: ['models'],
      });
  return first.tokenizer;
}
