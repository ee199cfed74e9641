import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CELL_NAMES, type Cell, type CellName, cellOf, InvalidArgumentError } from '../../src/index.js';
import { MODULE } from './paths.js';

/** What Node and the loader of a clone say of an ES module that stands where files are taken for CommonJS. */
const NO_ES_MODULE = /outside a module|"cjs" output format/;

/**
 * The cell that a flag names: one that comes with the library, or the one that a module exports, such as `./my-cell.js`.
 * @throws {InvalidArgumentError} when it is neither, the module cannot be loaded, or it exports no cell, or several.
 */
export async function loadCell(given: string): Promise<CellName | Cell> {
  const name = CELL_NAMES.find((name) => name === given);
  if (name) return name;
  const expected = (what: string, got: string): InvalidArgumentError =>
    new InvalidArgumentError(`Expected cell to be ${what}, got ${got}`, { options: ['cell'] });
  if (!MODULE.test(given))
    throw expected(`one of ${CELL_NAMES.join(', ')}, or a module such as ./my-cell.js`, JSON.stringify(given));
  const path = resolve(given);
  if (!existsSync(path)) throw expected('a module that is there', given);
  if (/ts$/.test(given) && !readsTypeScript())
    throw expected('a .js or .mjs module here (TypeScript needs Node 22.18 or newer, or a clone)', given);
  const exported = await import(pathToFileURL(path).href).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    const hint = NO_ES_MODULE.test(why) ? ' (name it .mjs or .mts, or set "type": "module" in its package.json)' : '';
    throw expected('a module that can be loaded', `${given}: ${why}${hint}`);
  });
  const cells = new Map(Object.entries(exported).flatMap(([name, value]) => (isCell(value) ? [[name, value]] : [])));
  const chosen = cells.get('default') ?? (cells.size === 1 ? [...cells.values()][0] : undefined);
  if (chosen) return chosen;
  throw expected(
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

/** A clone runs through a loader for TypeScript; newer versions of Node read it by themselves. */
function readsTypeScript(): boolean {
  return import.meta.url.endsWith('.ts') || Boolean((process.features as { typescript?: unknown }).typescript);
}
