import { InvalidArgumentError, invalid } from '../errors.js';
import type { CellState } from './cells/Cell.js';

/** What a model's hypotheses are like. */
export interface HypothesisShape {
  readonly vocabularySize: number;
  readonly layers: number;
  readonly hiddenSize: number;
  /** The parts of a layer's state. */
  readonly parts: readonly string[];
}

/**
 * Checks that the hypotheses of a time step have rows in the state of the layers, and ids of the vocabulary.
 * @throws {InvalidArgumentError} when they have not, or the state was freed or is another model's.
 */
export function checkHypotheses(
  layers: readonly CellState[] | undefined,
  rows: Int32Array,
  ids: Int32Array,
  shape: HypothesisShape,
): void {
  const { vocabularySize } = shape;
  if (layers && !isStateOf(layers, shape))
    throw new InvalidArgumentError('Expected a state that this model gave, got one of another model');
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

function isStateOf(state: readonly CellState[], { layers, hiddenSize, parts }: HypothesisShape): boolean {
  return (
    state.length === layers &&
    state.every((layer) => Object.keys(layer).length === parts.length) &&
    state.every((layer) => parts.every((part) => layer[part]?.shape[1] === hiddenSize))
  );
}
