import { existsSync, readFileSync } from 'node:fs';

/** Tokens a second of a cell as shares of an LSTM's. */
export interface CellSpeeds {
  readonly training: number;
  readonly decoding: number;
}

/** Where `npm run bench:cells -- --write` writes what it measured. */
export const SPEEDS = new URL('speeds.json', import.meta.url);

/** What was measured last, by the names of cells. */
export function cellSpeeds(): Readonly<Record<string, CellSpeeds>> {
  return existsSync(SPEEDS) ? JSON.parse(readFileSync(SPEEDS, 'utf8')) : {};
}
