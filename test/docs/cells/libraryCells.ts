import { CELLS } from '../../../src/cells/cells.js';
import type { Expression } from '../../../src/graph/Expression.js';
import { isElementwise } from '../../../src/graph/operationNames.js';
import { reachable } from '../../../src/graph/walk.js';
import { type Cell, equationOf, type GivenSizes } from '../../../src/index.js';
import { sizeFormula } from './sizeFormula.js';

/** What docs/cells.md says of the cells that come with the library: all of it follows from them. */
export function libraryCells(): string {
  return Object.values(CELLS).map(describeCell).join('\n\n');
}

function describeCell(cell: Cell): string {
  const [latex, unicode] = (['latex', 'unicode'] as const).map((notation) =>
    equationOf(cell, notation, { bias: true }),
  );
  const rows = Object.entries(unicode?.weights ?? {}).map(
    ([name, symbol]) => `| \`${name}\` | ${shapeFormula(cell, name)} | ${symbol} |`,
  );
  const products = (dependence: Expression['dependence']): string =>
    sizeFormula((sizes) => sum(nodesOf(cell, sizes), (of) => (of.dependence === dependence ? multiplications(of) : 0)));
  const elementwise = sizeFormula((sizes) =>
    sum(nodesOf(cell, sizes), (of) => (isElementwise(of.operation) && of.dependence !== 'weights' ? of.width : 0)),
  );
  return [
    `### ${cell.name}`,
    `${cell.source}.${cell.bias ? '' : ' Without biases where a model does not ask for them with `bias: true`.'}`,
    ['```math', latex?.equation, '```'].join('\n'),
    ['```text', unicode?.equation, '```'].join('\n'),
    ['| weight | shape | in the equation |', '| --- | --- | --- |', ...rows].join('\n'),
    [
      `- **Numbers learned** in a layer, with biases: ${sizeFormula((sizes) => sum(shapesOf(cell, sizes), product))}`,
      `- **Multiplications with matrices** for a token: ${products('inputs') || 'none'} in products of whole chunks of time steps, ${products('state') || 'none'} in the loop over time`,
      `- **Operations number by number** for a token: ${elementwise}`,
    ].join('\n'),
  ].join('\n\n');
}

function shapesOf(cell: Cell, sizes: GivenSizes): readonly (readonly number[])[] {
  return Object.values(cell.weights(sizes)).map(({ shape }) => shape);
}

function shapeFormula(cell: Cell, name: string): string {
  const { shape = [] } = cell.weights({ input: 1, hidden: 1, bias: true })[name] ?? {};
  return shape.map((_, place) => sizeFormula((sizes) => cell.weights(sizes)[name]?.shape[place] ?? 0)).join(' × ');
}

/** What a time step computes. */
function nodesOf(cell: Cell, sizes: GivenSizes): readonly Expression[] {
  const { next, output } = cell.trace(sizes);
  return reachable([...Object.values(next), output], () => true);
}

function multiplications({ operation, args: [rows], width }: Expression): number {
  return operation === 'product' && rows ? rows.width * width : 0;
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((all, size) => all * size, 1);
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}
