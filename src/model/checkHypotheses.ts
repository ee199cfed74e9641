import { InvalidArgumentError, invalid } from '../errors.js';
import type { CellState } from './cells/Cell.js';

/**
 * Checks that the hypotheses of a time step have rows in the state of the layers, and ids of a vocabulary of this size.
 * @throws {InvalidArgumentError} when they have not, or the state was freed.
 */
export function checkHypotheses(
  layers: readonly CellState[] | undefined,
  rows: Int32Array,
  ids: Int32Array,
  vocabularySize: number,
): void {
  if (layers?.some(({ hidden }) => hidden.isDisposed))
    throw new InvalidArgumentError('Expected a state in use, got one that was freed');
  if (rows.length !== ids.length || rows.length === 0)
    throw new InvalidArgumentError(
      `Expected one or more rows and as many ids, got ${rows.length} rows and ${ids.length} ids`,
    );
  const stateRows = layers?.[0]?.hidden.shape[0] ?? 0;
  const allowedRows = layers ? `from -1 to ${stateRows - 1}` : '-1 where there is no state';
  for (const row of rows) if (row < -1 || row >= stateRows) throw invalid('a row', allowedRows, row);
  for (const id of ids)
    if (id < 0 || id >= vocabularySize) throw invalid('an id', `from 0 to ${vocabularySize - 1}`, id);
}
