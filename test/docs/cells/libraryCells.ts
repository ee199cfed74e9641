import { CELLS } from '../../../src/cells/cells.js';
import type { Expression } from '../../../src/graph/Expression.js';
import { isElementwise } from '../../../src/graph/operationNames.js';
import { reachable } from '../../../src/graph/walk.js';
import { type Cell, type CellName, equationOf, type GivenSizes } from '../../../src/index.js';
import { notes } from './notes.js';
import { PURPOSES } from './purposes.js';
import { sizeFormula } from './sizeFormula.js';
import { cellSpeeds } from './speeds.js';

/** What docs/cells.md says of the library's cells: but for what they are for, and how fast, all of it follows from them. */
export function libraryCells(): string {
  return [overview(), ...Object.entries(CELLS).map(([name, cell]) => describeCell(name as CellName, cell))].join(
    '\n\n',
  );
}

/** A row for each cell: how much it has to learn, whether a product is left in the loop, and how fast it is. */
function overview(): string {
  const speeds = cellSpeeds();
  const sizes = { input: 64, hidden: 256, bias: true };
  const rows = Object.entries(CELLS).map(([name, cell]) => {
    const numbers = sum(shapesOf(cell, sizes), product).toLocaleString('en');
    const inLoop = nodesOf(cell, sizes).some((of) => of.dependence === 'state' && multiplications(of) > 0);
    const { training, decoding } = speeds[name] ?? {};
    const [learns, speaks] = [training, decoding].map((speed) => speed?.toFixed(2) ?? '–');
    return `| [\`${name}\`](#${name.toLowerCase()}) | ${numbers} | ${inLoop ? 'yes' : 'no'} | ${learns} | ${speaks} |`;
  });
  return [
    '| cell | numbers learned, 64 → 256 | products in the loop over time | training, × `lstm` | decoding, × `lstm` |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}

function describeCell(name: CellName, cell: Cell): string {
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
  const below = notes(name);
  return [
    `### ${name}`,
    PURPOSES[name],
    `${cell.source}.${cell.bias ? '' : ' Without biases where a model does not ask for them with `bias: true`.'}`,
    ['```math', latex?.equation, '```'].join('\n'),
    ['```text', unicode?.equation, '```'].join('\n'),
    ...(below ? [below] : []),
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
