import { InvalidArgumentError } from '../../../src/errors.js';
import { checkCell } from '../checkCell.js';
import { checkTokenizer } from '../checkTokenizer.js';
import type { CompareFlags } from './CompareFlags.js';

/**
 * Checks what can be told of flags before the library is loaded; a comparison that goes on has others beside them.
 * @throws {InvalidArgumentError} when a flag cannot be used, or lacks another one.
 */
export function checkCompareFlags(flags: CompareFlags, typed: ReadonlySet<string>): void {
  if (flags.resume) return;
  for (const cell of flags.cells) checkCell(cell);
  checkTokenizer(flags.tokenizer);
  if (typed.has('longerCells') && flags.longer === undefined)
    throw new InvalidArgumentError('Expected --longer beside --longer-cells, got none');
}
