import { existsSync, readFileSync } from 'node:fs';
import { fileAt } from '../../support/places.js';

/** Tokens a second of a cell as shares of an LSTM's. */
export interface CellSpeeds {
  readonly training: number;
  readonly decoding: number;
}

/** Where `npm run bench:cells -- --write` writes what it measured. */
export const SPEEDS = fileAt('test/docs/cells/speeds.json');

/** What was measured last, by the names of cells. */
export function cellSpeeds(): Readonly<Record<string, CellSpeeds>> {
  return existsSync(SPEEDS) ? JSON.parse(readFileSync(SPEEDS, 'utf8')) : {};
}
