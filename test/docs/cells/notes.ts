import { readFileSync } from 'node:fs';
import type { CellName } from '../../../src/index.js';
import { fileAt } from '../../support/places.js';

/** What the comment on a cell says below its equation, but for the order of blocks of columns, which stands at its end; or nothing. */
export function notes(name: CellName): string {
  const source = readFileSync(fileAt(`src/cells/${name}.ts`), 'utf8');
  const [comment = ''] = /\/\*\*[\s\S]*?\*\//.exec(source) ?? [];
  const lines = comment.split('\n').map((line) => line.replace(/^ \* ?/, ''));
  const last = lines.findLastIndex((line) => line.startsWith('    '));
  const below = lines.slice(last + 1, -1).join(' ');
  return below.replace(/Blocks of columns:.*$/, '').trim();
}
