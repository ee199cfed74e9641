import { CellError, describe } from '../errors.js';
import { ExpressionGraph } from '../graph/ExpressionGraph.js';
import type { TracedCell } from '../graph/TracedCell.js';
import type { Cell, GivenSizes } from './cell.js';

/**
 * A cell's equation at these sizes, from a cell whose `trace` may be anybody's.
 * @throws {CellError} when the equation cannot be, or the cell gives something else.
 */
export function traceOf(cell: Cell, sizes: GivenSizes): TracedCell {
  const traced: unknown = cell.trace(sizes);
  const isTraced =
    typeof traced === 'object' && traced !== null && 'graph' in traced && traced.graph instanceof ExpressionGraph;
  if (!isTraced)
    throw new CellError(`Expected trace of the cell ${cell.name} to be as cell() makes it, got ${describe(traced)}`);
  return traced as unknown as TracedCell;
}
