import { checkNumber, checkOneOf, checkString, invalid } from '../../errors.js';
import { backendReport } from '../../model/backend.js';
import { OPTIMIZERS, type OptimizerName } from '../../training/optimizers.js';
import type { CompareOptions } from './CompareOptions.js';
import type { Budget, ComparisonSettings } from './Comparison.js';
import { SEARCH_SEEDS } from './seeds.js';

const DEFAULT_RATE = 5e-3;
/** Rates that are nearer to each other differ less than seeds do, and two digits tell them apart no more. */
const LEAST_RATIO = 1.2;

/**
 * What of the options goes into the record, with defaults.
 * @throws {InvalidArgumentError} on an option that cannot be used.
 */
export function comparisonSettings({
  match = 'parameters',
  budget,
  longer,
  embeddingSize = 64,
  layers = 1,
  dropout = 0,
  maxTokens,
  optimizer = 'adam',
  learningRate = DEFAULT_RATE,
  clipNorm = 5,
  workers = 1,
  seed = 1,
  seeds = 3,
  validations = 4,
  forgetBias = true,
  prompt = '',
}: Omit<CompareOptions, 'onProgress' | 'onStep' | 'resumeFrom'>): ComparisonSettings {
  checkOneOf('match', match, ['parameters', 'hidden']);
  checkOneOf('optimizer', optimizer, Object.keys(OPTIMIZERS) as OptimizerName[]);
  checkBudget('budget', budget);
  if (longer) checkNumber('longer.times', longer.times, { above: 1 });
  checkNumber('maxTokens', maxTokens, { integer: true, min: 1 });
  checkNumber('seed', seed, { integer: true });
  checkString('prompt', prompt);
  checkOneOf('forgetBias', forgetBias, [true, false]);
  checkNumber('clipNorm', clipNorm, { above: 0 });
  checkNumber('seeds', seeds, { integer: true, min: 1, below: SEARCH_SEEDS });
  checkNumber('validations', validations, { integer: true, min: 1 });
  if (typeof learningRate === 'number') checkNumber('learningRate', learningRate, { above: 0 });
  else checkGrid(learningRate);
  return {
    ...{ match, budget, ...(longer && { longer }), embeddingSize, layers, dropout, maxTokens, optimizer },
    ...{
      learningRate,
      clipNorm,
      workers,
      seed,
      seeds,
      validations,
      forgetBias,
      prompt,
      backend: backendReport().backend,
    },
  };
}

function checkBudget(name: string, budget: Budget): void {
  if (typeof budget !== 'object' || budget === null) throw invalid(name, '{ minutes } or { epochs }', budget);
  if ('minutes' in budget) checkNumber(`${name}.minutes`, budget.minutes, { above: 0 });
  else checkNumber(`${name}.epochs`, budget.epochs, { integer: true, min: 1 });
}

function checkGrid(rates: readonly number[]): void {
  if (!Array.isArray(rates) || rates.length < 2)
    throw invalid('learningRate', 'a number, or two rates at least to begin a search with', rates);
  for (const [index, rate] of rates.entries()) {
    checkNumber(`learningRate[${index}]`, rate, { above: 0 });
    if (index > 0 && rate < LEAST_RATIO * (rates[index - 1] ?? 0))
      throw invalid('learningRate', `rates that rise by a factor of ${LEAST_RATIO} at least`, rates.join(', '));
  }
}
