import { Plan } from '../graph/Plan.js';
import type { Cell, GivenSizes } from './cell.js';

const plans = new WeakMap<Cell, Map<string, Plan>>();

/**
 * What a cell computes when, at these sizes; the same plan for the same cell and sizes.
 * @throws {CellError} when its equation cannot be.
 */
export function planOf(cell: Cell, { input, hidden, bias }: GivenSizes): Plan {
  const known = plans.get(cell) ?? new Map<string, Plan>();
  plans.set(cell, known);
  const key = `${input},${hidden},${bias}`;
  const plan = known.get(key) ?? new Plan(cell.trace({ input, hidden, bias }));
  known.set(key, plan);
  return plan;
}
