import test from 'ava';
import { GraphBuilder } from '../../../../../src/graph/run/tensorflow/GraphBuilder.js';

/** The nodes of a graph: operation, and what it is made of, without what it only runs after. */
function nodesOf(graph: GraphBuilder): [string, string[]][] {
  return [...graph.toSavedModel().matchAll(/node \{ name: "[^"]*" op: "([^"]*)"(.*)\}/g)].map(
    ([, operation = '', rest = '']) => [
      operation,
      [...rest.matchAll(/input: "([^"^]*)"/g)].map(([, input = '']) => input),
    ],
  );
}

test('the same constant is one node', (t) => {
  const graph = new GraphBuilder();
  const x = graph.input('x');
  graph.add(graph.constant(2), graph.oneMinus(x));
  graph.add(graph.constant(2), graph.oneMinus(x));
  t.is(nodesOf(graph).filter(([operation]) => operation === 'Const').length, 2);
});

test('each operation runs behind the one that was added before it', (t) => {
  const graph = new GraphBuilder();
  const x = graph.input('x');
  graph.tanh(x);
  graph.exp(x);
  graph.sigmoid(x);
  const after = [...graph.toSavedModel().matchAll(/input: "\^([A-Za-z]+)_/g)].map(([, name]) => name);
  t.deepEqual(after, ['Tanh', 'Exp']);
});

test('a split by sizes with a common divisor names no size: the graph serves models of all sizes', (t) => {
  const graphOf = (unit: number): string => {
    const graph = new GraphBuilder();
    graph.splitColumns(graph.input('x'), [2 * unit, unit]);
    return graph.toSavedModel();
  };
  t.is(graphOf(8), graphOf(256));
});

test('to split into one, or to join one, costs nothing', (t) => {
  const graph = new GraphBuilder();
  const x = graph.input('x');
  t.deepEqual(
    [...graph.splitColumns(x, [7]), ...graph.splitRows(x, 1), graph.joinRows([x]), graph.joinColumns([x])],
    [x, x, x, x],
  );
  t.deepEqual(nodesOf(graph), [['Placeholder', []]]);
});
