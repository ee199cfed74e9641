import { readFileSync } from 'node:fs';
import { fileAt } from '../../support/places.js';
import { libraryCells } from './libraryCells.js';

const [BEGIN, END] = ['<!-- printed from src/cells -->', '<!-- end of what is printed -->'];

/** The page of cells: a file, and what it must hold. */
export const PAGE = fileAt('docs/cells.md');

/** The page as it is, and as it is when what follows from the cells is printed anew. */
export function page(): { now: string; anew: string } {
  const now = readFileSync(PAGE, 'utf8');
  const [before, after] = [now.split(BEGIN)[0], now.split(END)[1]];
  if (before === undefined || after === undefined) throw new RangeError(`Expected ${PAGE} to have ${BEGIN} and ${END}`);
  return { now, anew: `${before}${BEGIN}\n\n${libraryCells()}\n\n${END}${after}` };
}
