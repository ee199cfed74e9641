import { isDeepStrictEqual } from 'node:util';
import { equationOf } from '../../cells/equationOf.js';
import { hasForgetBias } from '../../cells/hasForgetBias.js';
import { InvalidArgumentError } from '../../errors.js';
import { LanguageModel } from '../../model/LanguageModel.js';
import { parameterCount } from '../../model/parameterCount.js';
import type { PreparedText } from '../../run/prepareText.js';
import { OPTIMIZERS } from '../../training/optimizers.js';
import { quantile } from '../statistics.js';
import type { ComparedCell, ComparisonSettings } from './Comparison.js';
import type { ComparedModel } from './comparedModels.js';
import { measureSpeed } from './measureSpeed.js';

const SPEED_ROUNDS = 3;

/**
 * What the record says of the cells, their speeds measured in turn; those that were described before stay as they were.
 * @throws {InvalidArgumentError} when one of those is missing, or another now.
 */
export async function describeCells(
  text: PreparedText,
  models: readonly ComparedModel[],
  settings: ComparisonSettings,
  before: readonly ComparedCell[],
  onProgress: (words: string) => void,
): Promise<ComparedCell[]> {
  const { vocabularySize } = text.tokenizer;
  const described = models.map((model): ComparedCell => {
    const { embeddingSize: input, hiddenSize, cell } = model;
    return {
      cell: cell.name,
      equation: equationOf(cell, 'unicode', { input, hidden: hiddenSize }).equation,
      forgetBias: cell.bias && hasForgetBias(cell, { input, hidden: hiddenSize }),
      hiddenSize,
      parameters: parameterCount(model, vocabularySize),
      tokensPerSecond: before.find((one) => one.cell === cell.name)?.tokensPerSecond ?? [],
    };
  });
  const missing = before.find(({ cell }) => !described.some((one) => one.cell === cell));
  if (missing)
    throw new InvalidArgumentError(
      `Expected the cells of the comparison to go on with, and perhaps others, got none called ${missing.cell}`,
      { options: ['cells'] },
    );
  for (const { cell, ...now } of described) {
    const earlier = before.find((one) => one.cell === cell);
    if (earlier && !isDeepStrictEqual(earlier, { cell, ...now }))
      throw new InvalidArgumentError(
        `Expected the cell ${cell} as the comparison to go on with has it, of hidden size ${earlier.hiddenSize}, got another, of ${now.hiddenSize}:\n${now.equation}`,
      );
  }
  const unmeasured = described.filter(({ tokensPerSecond }) => tokensPerSecond.length === 0);
  if (unmeasured.length > 0)
    onProgress(`measuring the speed of ${unmeasured.map(({ cell }) => cell).join(', ')}: nothing else should run now`);
  const speeds = new Map(unmeasured.map(({ cell }) => [cell, [] as number[]]));
  const { clipNorm, workers, seed } = settings;
  for (let round = 0; round < SPEED_ROUNDS; round++)
    for (const options of models) {
      const measured = speeds.get(options.cell.name);
      if (!measured) continue;
      const model = new LanguageModel({ ...options, tokenizer: text.tokenizer, seed });
      try {
        const optimizer = OPTIMIZERS[settings.optimizer]({ learningRate: 1e-4 });
        measured.push(Math.round(await measureSpeed(model, text.batches, { optimizer, clipNorm, workers })));
      } finally {
        model.dispose();
      }
    }
  for (const [cell, measured] of speeds)
    onProgress(`  ${cell}: ${quantile(measured, 0.5).toLocaleString('en')} tokens/s`);
  return described.map((cell) => ({ ...cell, tokensPerSecond: speeds.get(cell.cell) ?? cell.tokensPerSecond }));
}
