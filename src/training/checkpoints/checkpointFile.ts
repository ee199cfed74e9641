import { cellOfRecord } from '../../cells/cellOfRecord.js';
import { cellOf } from '../../cells/cells.js';
import { parseRecord } from '../../cells/parseRecord.js';
import type { CellRecord } from '../../cells/recordCell.js';
import { BabblebrookError, checkNumber, checkOneOf, FileFormatError, invalid } from '../../errors.js';
import { type ModelOptions, modelConfig } from '../../model/ModelConfig.js';
import type { Named } from '../../model/mapValues.js';
import type { StoredTensor } from '../../model/safetensors.js';
import { savedCellName } from '../../model/savedConfig.js';
import type { CarriedState } from '../RowStates.js';
import type { Checkpoint } from './Checkpoint.js';
import { decodeSealed, encodeSealed } from './sealing.js';

const FORMAT = 'babblebrook checkpoint 1';
const SEPARATOR = '/';
const WEIGHTS = 'weights';
const CARRIED = 'carried';
const AVERAGE = 'mean';
/** What sums were called, of which means were made before. */
const SUMS = 'average';

/** Encodes a checkpoint as one sealed safetensors file: tensors `weights/NAME`, `slots/NAME/SLOT`, `mean/NAME` and `carried/LAYER/PART`, the rest as JSON. */
export function encodeCheckpoint({ state, ...rest }: Checkpoint): Uint8Array {
  const { weights, slots, average = {}, cell, carried, ...place } = state;
  const tensors = new Map<string, StoredTensor>();
  for (const [name, tensor] of Object.entries(weights)) tensors.set(join(WEIGHTS, name), tensor);
  for (const [name, held] of Object.entries(slots))
    for (const [slot, tensor] of Object.entries(held)) tensors.set(join('slots', name, slot), tensor);
  for (const [name, tensor] of Object.entries(average)) tensors.set(join(AVERAGE, name), tensor);
  const rows = carried && rowsToJSON(carried, (name, tensor) => tensors.set(join(CARRIED, name), tensor));
  const json = JSON.stringify({ place, cell, rows, ...rest });
  return encodeSealed({ metadata: { format: FORMAT, checkpoint: json }, tensors });
}

/**
 * Decodes what `encodeCheckpoint` encoded.
 * @throws {FileFormatError} when it is not that; `name` says of what.
 */
export function decodeCheckpoint(bytes: Uint8Array, name: string): Checkpoint {
  const { metadata, tensors } = decodeSealed(bytes, name);
  if (metadata['format'] !== FORMAT)
    throw new FileFormatError(`Expected ${name} to be a "${FORMAT}", got ${metadata['format'] ?? 'another file'}`);
  try {
    const { place, cell, rows, validationLoss, ...rest } = parse(metadata['checkpoint'] ?? '');
    const carried = rows === undefined ? {} : { carried: carriedOf(rows, tensors) };
    return {
      ...rest,
      validationLoss,
      state: { ...place, ...(cell && { cell }), ...parametersOf(tensors), ...carried },
    };
  } catch (error) {
    if (!(error instanceof BabblebrookError || error instanceof SyntaxError)) throw error;
    throw new FileFormatError(`Expected ${name} to hold a checkpoint: ${error.message}`, { cause: error });
  }
}

/** The seal has shown that this is what somebody wrote; not that it was us. */
function parse(json: string) {
  const checkpoint = objectOf('checkpoint', JSON.parse(json));
  const { place, cell, rows, config, tokenizer, notes, validationLoss, versions } = checkpoint;
  const { resumeAt, steps, seconds } = objectOf('place', place);
  const { epoch, index } = objectOf('resumeAt', resumeAt);
  const count = { integer: true, min: 0 };
  // Checkpoints of before cells were recorded have none.
  const record = cell === undefined ? undefined : parseRecord(cell).record;
  return {
    place: {
      resumeAt: { epoch: checkNumber('epoch', epoch, count), index: checkNumber('index', index, count) },
      steps: checkNumber('steps', steps, count),
      seconds: checkNumber('seconds', seconds, { min: 0 }),
    },
    cell: record,
    rows,
    config: configOf(objectOf('config', config), record),
    tokenizer: objectOf('tokenizer', tokenizer) as Checkpoint['tokenizer'],
    notes: notes as Checkpoint['notes'],
    validationLoss: validationLoss === undefined ? undefined : checkNumber('validationLoss', validationLoss),
    versions: objectOf('versions', versions) as Checkpoint['versions'],
  };
}

/** A model's configuration, of the cell that is recorded, or one that we know. */
function configOf(
  { resetAfter, ...config }: Record<string, unknown>,
  record: CellRecord | undefined,
): Checkpoint['config'] {
  const name = savedCellName({ ...config, resetAfter });
  const cell = record ? cellOfRecord(record) : cellOf(name);
  checkOneOf('cell', name, [cell.name]);
  return modelConfig({ ...config, cell } as ModelOptions);
}

function parametersOf(
  tensors: ReadonlyMap<string, StoredTensor>,
): Pick<Checkpoint['state'], 'weights' | 'slots' | 'average'> {
  const weights = new Map<string, StoredTensor>();
  const average = new Map<string, StoredTensor>();
  const slots = new Map<string, Map<string, StoredTensor>>();
  const slotsOf = (weight: string): Map<string, StoredTensor> => {
    const held = slots.get(weight) ?? new Map();
    slots.set(weight, held);
    return held;
  };
  for (const [path, tensor] of tensors) {
    const [kind, weight = '', ...slot] = path.split(SEPARATOR);
    if (kind === WEIGHTS) weights.set(weight, tensor);
    else if (kind === AVERAGE) average.set(weight, tensor);
    else if (kind === SUMS)
      throw invalid(`${AVERAGE}/${weight}`, 'a mean of weights', `${path}, a sum as an earlier version kept it`);
    else if (kind !== CARRIED) slotsOf(weight).set(join(...slot), tensor);
  }
  // An optimizer without slots has an empty record for each weight.
  for (const weight of weights.keys()) slotsOf(weight);
  const slotRecords = [...slots].map(([weight, held]): [string, Named<StoredTensor>] => [
    weight,
    Object.fromEntries(held),
  ]);
  return {
    weights: Object.fromEntries(weights),
    slots: Object.fromEntries(slotRecords),
    ...(average.size > 0 && { average: Object.fromEntries(average) }),
  };
}

/** The last tokens of the rows; their states become tensors, `LAYER/PART`. */
function rowsToJSON({ last, state }: CarriedState, add: (name: string, tensor: StoredTensor) => void): number[] {
  for (const [layer, parts] of state.layers.entries())
    for (const [part, values] of Object.entries(parts))
      add(join(String(layer), part), { shape: [state.rows, values.length / state.rows], values });
  return [...last];
}

function carriedOf(rows: unknown, tensors: ReadonlyMap<string, StoredTensor>): CarriedState {
  if (!Array.isArray(rows)) throw invalid('rows', 'an array', rows);
  const last = Int32Array.from(rows, (id) => checkNumber('a token of a row', id, { integer: true, min: -1 }));
  const layers: Record<string, Float32Array>[] = [];
  for (const [path, { shape, values }] of tensors) {
    const [kind, layer, part = ''] = path.split(SEPARATOR);
    if (kind !== CARRIED) continue;
    if (shape[0] !== last.length) throw invalid(`the rows of ${path}`, String(last.length), shape[0]);
    const at = checkNumber('a layer', Number(layer), { integer: true, min: 0, max: 1000 });
    layers[at] = { ...layers[at], [part]: values };
  }
  return { last, state: { rows: last.length, layers: Array.from(layers, (parts) => parts ?? {}) } };
}

function objectOf(name: string, value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(name, 'an object', value);
  return value as Record<string, unknown>;
}

function join(...parts: string[]): string {
  return parts.join(SEPARATOR);
}
