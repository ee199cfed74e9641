import { InvalidArgumentError } from 'commander';
import type { CellName } from '../../../src/index.js';

const CELLS: readonly string[] = ['rnn', 'lstm', 'gru'] satisfies CellName[];

/** Reads a list of cells: `rnn,lstm`. */
export function cellNames(text: string): CellName[] {
  const names = text.split(',').map((name) => name.trim());
  const wrong = names.find((name, index) => !CELLS.includes(name) || names.indexOf(name) !== index);
  if (wrong !== undefined) throw new InvalidArgumentError(`Expected some of ${CELLS.join(', ')}, each once.`);
  return names as CellName[];
}
