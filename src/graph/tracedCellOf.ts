import { CellError, checkNumber, checkOneOf } from '../errors.js';
import { checkFloat, checkList, checkName, checkObject, within } from './checkData.js';
import type { Dependence, Expression } from './Expression.js';
import { ExpressionGraph } from './ExpressionGraph.js';
import { CELL_OPERATIONS } from './operationNames.js';
import { OPERATIONS } from './operations.js';
import { isBatch, type Size, sameShape, shapeInWords } from './Shape.js';
import type { TracedCell } from './TracedCell.js';

const MAX_NODES = 1000;
/** What a time step computes may have so many numbers together, and so many for each number of the weights. */
const MAX_NUMBERS = 2 ** 22;
const MAX_NUMBERS_A_WEIGHT = 16;

const DEPENDENCES: readonly Dependence[] = ['inputs', 'state', 'weights'];

/**
 * The traced cell of what `graphData` gave, or of data from anywhere: all of it is checked.
 * @throws {BabblebrookError} that says which part of the data is not what it should be, or that it has more than 1,000 nodes.
 */
export function tracedCellOf(data: unknown): TracedCell {
  const { nodes, output, state, gates } = checkObject('a graph', data, ['nodes', 'output', 'state', 'gates']);
  const graph = new ExpressionGraph();
  const made: Expression[] = [];
  for (const [place, node] of checkList('the nodes of a graph', nodes, { min: 1, max: MAX_NODES }).entries())
    made.push(within(`node ${place}`, () => expressionOf(graph, node, made)));
  const at = (what: string, place: unknown): Expression => within(what, () => operand(place, made));

  const leaves = made.filter(({ operation }) => operation === 'leaf');
  const [input, ...others] = leaves.filter(({ dependence }) => dependence === 'inputs');
  if (!input || others.length > 0) throw new CellError(`Expected one input, got ${input ? others.length + 1 : 'none'}`);
  const ofKind = (kind: Dependence): Record<string, Expression> =>
    Object.fromEntries(
      leaves.filter(({ dependence }) => dependence === kind).map((leaf) => [leaf.attributes.name ?? '', leaf]),
    );
  const [before, weights] = [ofKind('state'), ofKind('weights')];
  const after = checkObject('the state', state, Object.keys(before));
  const next = Object.fromEntries(
    // In the order of the leaves, which is that of the state.
    Object.entries(before).map(([part, { shape }]) => {
      const made = at(`state.${part}`, after[part]);
      if (sameShape(made.shape, shape)) return [part, made];
      throw new CellError(`Expected state.${part} to be ${shapeInWords(shape)}, got ${shapeInWords(made.shape)}`);
    }),
  );
  const seen = Object.entries(checkObject('the gates', gates)).map(([name, place]) => {
    if (Object.hasOwn(next, checkName(name))) throw new CellError(`Expected one ${name} to be seen, got two`);
    return [name, rows(`the gate ${name}`, at(`the gate ${name}`, place))] as const;
  });
  checkNumbers(made);
  return {
    ...{ graph, input, state: before, weights, next },
    output: rows('the output', at('the output', output)),
    gates: { ...Object.fromEntries(seen), ...next },
  };
}

function expressionOf(graph: ExpressionGraph, data: unknown, made: readonly Expression[]): Expression {
  const operation = checkOneOf('its operation', checkObject('it', data)['operation'], CELL_OPERATIONS);
  const members = (...names: string[]) => checkObject('it', data, ['operation', ...names]);
  if (operation === 'leaf') {
    const leaf = leafOf(graph, members('name', 'dependence', 'shape'));
    if (made.includes(leaf)) throw new CellError(`Expected one leaf ${leaf.attributes.name}, got two`);
    return leaf;
  }
  if (operation === 'constant') return graph.constant(checkFloat('its value', members('value')['value']));
  const { args, from, to } = operation === 'columns' ? members('args', 'from', 'to') : members('args');
  const { arity } = OPERATIONS[operation];
  const operands = checkList('its args', args, { min: arity ?? 1, max: arity ?? MAX_NODES });
  const column = (value: unknown): number => checkNumber('a column', value, { integer: true, min: 0 });
  return graph.make(
    operation,
    operands.map((place) => operand(place, made)),
    operation === 'columns' ? { from: column(from), to: column(to) } : {},
  );
}

function leafOf(graph: ExpressionGraph, { name, dependence, shape }: Record<string, unknown>): Expression {
  const kind = checkOneOf('its dependence', dependence, DEPENDENCES);
  const sizes = checkList('its shape', shape, { min: kind === 'weights' ? 1 : 2, max: 2 }).map((size, at): Size => {
    if (kind !== 'weights' && at === 0) return checkOneOf('its rows', size, ['batch']);
    return checkNumber('its size', size, { integer: true, min: 1 });
  });
  return graph.leaf(checkName(name), sizes, kind);
}

function operand(place: unknown, made: readonly Expression[]): Expression {
  // Only what stands before it: no operation is made of itself.
  return made[checkNumber('a place', place, { integer: true, min: 0, below: made.length })] as Expression;
}

function rows(what: string, expression: Expression): Expression {
  if (isBatch(expression.shape)) return expression;
  throw new CellError(`Expected ${what} to be rows, got ${shapeInWords(expression.shape)}`);
}

/** No file makes a time step compute more than a small multiple of what it holds. */
function checkNumbers(made: readonly Expression[]): void {
  const isWeight = ({ operation, dependence }: Expression): boolean => operation === 'leaf' && dependence === 'weights';
  const count = (of: readonly Expression[]): number =>
    of
      .map(({ shape }) => shape.reduce<number>((product, size) => product * (size === 'batch' ? 1 : size), 1))
      .reduce((a, b) => a + b, 0);
  const most = MAX_NUMBERS + MAX_NUMBERS_A_WEIGHT * count(made.filter(isWeight));
  const got = count(made.filter((of) => !isWeight(of)));
  if (!(got <= most)) throw new CellError(`Expected a time step of at most ${most} numbers a sequence, got ${got}`);
}
