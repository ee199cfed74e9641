import { pathToFileURL } from 'node:url';
import { type Cell, type CellName, cellOf } from '../../src/index.js';
import { checkCell, noCell } from './checkCell.js';
import { namedCell } from './namedCell.js';

/** What Node and the loader of a clone say of an ES module that stands where files are taken for CommonJS. */
const NO_ES_MODULE = /outside a module|"cjs" output format/;

/**
 * The cell that a flag names: one that `namedCell` knows, or the one that a module exports, such as `./my-cell.js`.
 * @throws {InvalidArgumentError} when it is neither, the module cannot be loaded, or it exports no cell, or several.
 */
export async function loadCell(given: string): Promise<CellName | Cell> {
  checkCell(given);
  const named = namedCell(given);
  if (named) return named;
  const exported = await import(pathToFileURL(given).href).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    const hint = NO_ES_MODULE.test(why) ? ' (name it .mjs or .mts, or set "type": "module" in its package.json)' : '';
    throw noCell('a module that can be loaded', `${given}: ${why}${hint}`);
  });
  const cells = new Map(Object.entries(exported).flatMap(([name, value]) => (isCell(value) ? [[name, value]] : [])));
  const chosen = cells.get('default') ?? (cells.size === 1 ? [...cells.values()][0] : undefined);
  if (chosen) return chosen;
  throw noCell(
    'a module that exports a cell, by default where it exports several',
    `${given}, which exports ${cells.size > 0 ? [...cells.keys()].join(', ') : 'none'}`,
  );
}

function isCell(value: unknown): value is Cell {
  try {
    return typeof value === 'object' && cellOf(value) === value;
  } catch {
    return false;
  }
}
