import { InvalidArgumentError } from '../errors.js';
import type { Batch } from '../pipeline/Batch.js';
import { checkState } from './checkHypotheses.js';
import type { Named } from './mapValues.js';
import type { CarriedRows, Sequences } from './network/Network.js';
import type { RecurrentState, StateNumbers } from './RecurrentState.js';
import { stateRows } from './stateRows.js';

/** What a network reads of a batch: the targets, and inputs that are these one time step later, behind what each row read before, else EOS. */
export function batchSequences({ ids: targets, mask, size, length, before }: Batch, eosId: number): Sequences {
  const inputs = new Int32Array(length * size);
  if (before) inputs.set(before);
  else inputs.fill(eosId, 0, size);
  inputs.set(targets.subarray(0, (length - 1) * size), size);
  return { inputs, targets, mask, batch: size, time: length };
}

/**
 * Where the rows of a batch go on.
 * @param widths of each layer, the parts of its state and their sizes
 * @throws {InvalidArgumentError} when the state is another model's, or of another number of rows.
 */
export function carriedRows(
  { size, begins = new Uint8Array(size) }: Batch,
  state: RecurrentState | undefined,
  widths: readonly Named<number>[],
): CarriedRows {
  if (state === undefined) return { begins: new Float32Array(size).fill(1), states: undefined };
  checkState(state, { widths });
  if (state.rows !== size)
    throw new InvalidArgumentError(`Expected a state of ${size} rows, as the batch has, got one of ${state.rows}`);
  const rows = Int32Array.from(begins, (isBeginning, row) => (isBeginning === 1 ? -1 : row));
  return { begins: Float32Array.from(begins), states: layersAt(state, rows, widths) };
}

/** These rows of a state, layer by layer; those of rows −1 are zeros, in whose place the network puts its first state. */
export function layersAt(
  { layers }: RecurrentState,
  rows: Int32Array,
  widths: readonly Named<number>[],
): readonly StateNumbers[] {
  return layers.map((parts, layer) =>
    stateRows(parts, rows, widths[layer] ?? {}, (_, width) => new Float32Array(width)),
  );
}
