import type { Cell } from '../../cells/cell.js';
import { cellOf } from '../../cells/cells.js';
import { checkNumber, checkOneOf, invalid } from '../../errors.js';
import type { ModelOptions } from '../../model/ModelConfig.js';
import { checkTrainingSize } from '../../model/memory.js';
import { hiddenSizeFor, parameterCount } from '../../model/parameterCount.js';
import type { PreparedText } from '../../run/prepareText.js';
import type { CompareOptions } from './CompareOptions.js';
import type { ComparisonSettings } from './Comparison.js';

/** A model to compare, but for its seed. */
export type ComparedModel = ModelOptions & {
  readonly cell: Cell;
  readonly hiddenSize: number;
  readonly embeddingSize: number;
};

/**
 * The models to compare, but for their seeds; `begunWith` are the cells of a comparison that goes on.
 * @throws {InvalidArgumentError} when two cells have one name, a longer run is of none of them, or there is not enough memory for one of them.
 */
export function comparedModels(
  { tokenizer: { vocabularySize }, largestBatch: batchTokens, size }: PreparedText,
  { cells, hiddenSize = 256 }: Pick<CompareOptions, 'cells' | 'hiddenSize'>,
  { match, longer, embeddingSize, layers, dropout, workers }: ComparisonSettings,
  begunWith?: readonly string[],
): ComparedModel[] {
  checkNumber('text.largestBatch', batchTokens, { integer: true, min: 1 });
  checkNumber('text.size.train.batches', size.train.batches, { integer: true, min: 1 });
  checkNumber('text.size.train.tokens', size.train.tokens, { integer: true, min: 1 });
  if (!Array.isArray(cells) || cells.length === 0) throw invalid('cells', 'one cell at least', cells);
  const models = cells.map(
    (given): ComparedModel => ({ cell: cellOf(given), ...{ embeddingSize, hiddenSize, layers, dropout } }),
  );
  const names = models.map(({ cell }) => cell.name);
  const twice = names.find((name, place) => names.indexOf(name) !== place);
  if (twice) throw invalid('cells', 'cells of different names', `two called ${twice}`);
  for (const model of models) checkTrainingSize(model, vocabularySize, { batchTokens, workers });
  checkLonger(longer, models);
  if (match === 'hidden') return models;
  // Of a comparison that goes on with other cells, those that it began with stay as large as they were.
  const compared = begunWith ? models.filter(({ cell }) => begunWith.includes(cell.name)) : models;
  const parameters = Math.max(...compared.map((model) => parameterCount(model, vocabularySize)));
  const matched = models.map((model) => ({ ...model, hiddenSize: hiddenSizeFor(parameters, model, vocabularySize) }));
  // Of a smaller cell, more hidden numbers are kept of a batch.
  for (const model of matched) checkTrainingSize(model, vocabularySize, { batchTokens, workers });
  return matched;
}

function checkLonger(longer: ComparisonSettings['longer'], models: readonly ComparedModel[]): void {
  if (!longer) return;
  const names = ['best', ...models.map(({ cell }) => cell.name)];
  if (!Array.isArray(longer.cells) || longer.cells.length === 0)
    throw invalid('longer.cells', 'names of cells that are compared, or best', longer.cells);
  for (const [index, cell] of longer.cells.entries()) {
    checkOneOf(`longer.cells[${index}]`, cell, names);
    if (longer.cells.indexOf(cell) !== index) throw invalid('longer.cells', 'each cell once', `${cell} twice`);
  }
}
