import type { Cell } from '../../src/cells/cell.js';
import { Evaluation } from '../../src/graph/Evaluation.js';
import { arrays, type Matrix } from '../../src/graph/run/arrays.js';

type Rows = readonly number[] | readonly (readonly number[])[];

/** A time step of a cell for one sequence, on given numbers in float64. All weights are given, and no others. */
export function stepByHand(
  cell: Cell,
  given: { x: readonly number[]; state: Readonly<Record<string, Rows>>; weights: Readonly<Record<string, Rows>> },
): { output: number[]; state: Readonly<Record<string, number[]>> } {
  const [hidden = 0] = Object.values(given.state).map((row) => row.length);
  const { input, state, weights, output, next } = cell.trace({ input: given.x.length, hidden, bias: true });
  const values = { ...given.state, ...given.weights };
  const leaves = { ...state, ...weights };
  if (Object.keys(leaves).sort().join() !== Object.keys(values).sort().join())
    throw new RangeError(`Expected ${Object.keys(leaves)}, got ${Object.keys(values)}`);
  const now = new Evaluation(arrays(Float64Array), [
    [input, matrixOf(given.x)],
    ...Object.entries(leaves).map(([name, leaf]) => [leaf, matrixOf(values[name] ?? [])] as const),
  ]);
  return {
    output: [...now.of(output).data],
    state: Object.fromEntries(Object.entries(next).map(([name, of]) => [name, [...now.of(of).data]])),
  };
}

function matrixOf(rows: Rows): Matrix {
  const columns = Array.isArray(rows[0]) ? rows[0].length : rows.length;
  const data = Float64Array.from(rows.flat());
  return { rows: data.length / columns, columns, data };
}
