import { InvalidArgumentError, invalid } from '../errors.js';
import type { RecurrentState } from './RecurrentState.js';

/** What a model's hypotheses are like. */
export interface HypothesisShape {
  readonly vocabularySize: number;
  /** Of each layer, the parts of its state and their sizes. */
  readonly widths: readonly Readonly<Record<string, number>>[];
}

/**
 * Checks that the hypotheses of a time step have rows in the state, and ids of the vocabulary.
 * @throws {InvalidArgumentError} when they have not, or the state is another model's.
 */
export function checkHypotheses(
  state: RecurrentState | undefined,
  rows: Int32Array,
  ids: Int32Array,
  shape: HypothesisShape,
): void {
  checkArrays(rows, ids);
  if (state !== undefined) checkState(state, shape);
  checkRowsAndIds(state?.rows, rows, ids, shape.vocabularySize);
}

/**
 * Checks that rows and ids are arrays of whole numbers.
 * @throws {InvalidArgumentError} when they are not.
 */
export function checkArrays(rows: Int32Array, ids: Int32Array): void {
  if (!(rows instanceof Int32Array)) throw invalid('rows', 'an Int32Array', rows);
  if (!(ids instanceof Int32Array)) throw invalid('ids', 'an Int32Array', ids);
}

/**
 * Checks that the hypotheses of a time step have rows in a state of so many, and ids of the vocabulary.
 * @throws {InvalidArgumentError} when they have not.
 */
export function checkRowsAndIds(
  stateRows: number | undefined,
  rows: Int32Array,
  ids: Int32Array,
  vocabularySize: number,
): void {
  if (rows.length !== ids.length || rows.length === 0)
    throw new InvalidArgumentError(
      `Expected one or more rows and as many ids, got ${rows.length} rows and ${ids.length} ids`,
    );
  const allowedRows = stateRows === undefined ? '-1 where there is no state' : `from -1 to ${stateRows - 1}`;
  for (const row of rows) if (row < -1 || row >= (stateRows ?? 0)) throw invalid('a row', allowedRows, row);
  for (const id of ids)
    if (id < 0 || id >= vocabularySize) throw invalid('an id', `from 0 to ${vocabularySize - 1}`, id);
}

/**
 * Checks that a state is one of a model.
 * @throws {InvalidArgumentError} when it is not.
 */
export function checkState(state: RecurrentState, { widths }: Pick<HypothesisShape, 'widths'>): void {
  if (isStateOf(state, widths)) return;
  throw new InvalidArgumentError('Expected a state that this model gave, got one of another model');
}

function isStateOf(state: RecurrentState, widths: HypothesisShape['widths']): boolean {
  const { rows, layers: given }: Partial<RecurrentState> = state ?? {};
  return (
    Array.isArray(given) &&
    given.length === widths.length &&
    given.every((layer) => typeof layer === 'object' && layer !== null) &&
    widths.every((parts, layer) => {
      const own = Object.entries(parts);
      const numbers = given[layer] ?? {};
      return (
        Object.keys(numbers).length === own.length &&
        own.every(([part, width]) => numbers[part]?.length === (rows ?? 0) * width)
      );
    })
  );
}
