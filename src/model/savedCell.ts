import type { Cell } from '../cells/cell.js';
import { cellOfRecord } from '../cells/cellOfRecord.js';
import { parseRecord } from '../cells/parseRecord.js';
import type { CellRecord } from '../cells/recordCell.js';
import { BabblebrookError, checkOneOf, FileFormatError } from '../errors.js';
import { type Probe, parseProbe } from './Probe.js';
import { parseJsonObject } from './parseJsonObject.js';

/** What `cell.json` says of a saved model. */
export interface SavedCell {
  readonly cell: Cell;
  readonly record: CellRecord;
  /** What the model gave when it was saved. */
  readonly probe: Probe;
}

const FORMAT = 'babblebrook cell 1';

/** The text of `cell.json`, a node of a graph a line. */
export function encodeSavedCell(record: CellRecord, probe: Probe): string {
  const text = JSON.stringify({ format: FORMAT, ...record, probe });
  return `${text.replaceAll('{"operation"', '\n{"operation"').replaceAll('],"output"', '\n],"output"')}\n`;
}

/**
 * Parses a `cell.json`: all of it is checked.
 * @throws {FileFormatError} when it is no such thing; `path` says of what.
 */
export function parseSavedCell(bytes: Uint8Array, path: string): SavedCell {
  const { format, probe, ...record } = parseJsonObject(bytes, path);
  try {
    checkOneOf('format', format, [FORMAT]);
    return { cell: cellOfRecord(record), record: parseRecord(record).record, probe: parseProbe(probe) };
  } catch (error) {
    if (!(error instanceof BabblebrookError)) throw error;
    throw new FileFormatError(`Expected ${path} to be the cell of a model: ${error.message}`, { cause: error });
  }
}
