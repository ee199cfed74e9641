import type { Attributes, Expression } from './Expression.js';
import { exp, oneMinus, sigmoid, spread } from './functions.js';
import type { Interpreter } from './Interpreter.js';
import type { OperationName } from './operationNames.js';
import { broadcast, columnsOf, isBatch, type Shape, sameShape } from './Shape.js';

/** A gradient whose sign is known apart from it, so that a difference costs no more than a sum. */
export interface Signed {
  readonly value: Expression;
  readonly minus: boolean;
}

/** What is to be known of an operation. */
export interface Operation {
  /** How many operands; `undefined`: one or more. */
  readonly arity: number | undefined;
  /** The shape of the result, or in words what was expected of the operands. */
  shape(args: readonly Shape[], attributes: Attributes): Shape | string;
  /** Computes it. */
  run<T>(on: Interpreter<T>, args: readonly T[], attributes: Attributes): T;
  /**
   * ∂/∂operand times the gradient of the result, for each operand, of the result's shape where that is larger; `undefined` where
   * there is none. Of `leaf`, `constant` and `columns`, `derive` knows; what only ways back are made of has none.
   */
  back?(node: Expression, gradient: Signed): readonly (Signed | undefined)[];
}

const times = ({ value, minus }: Signed, factor: Expression): Signed => ({ value: value.times(factor), minus });
const of = (gradient: Signed, value: Expression): Signed => ({ value, minus: gradient.minus });
const opposite = ({ value, minus }: Signed): Signed => ({ value, minus: !minus });
const operands = (node: Expression) => node.args as readonly [Expression, Expression];

/** Number by number, of two operands. */
function binary(
  name: 'add' | 'subtract' | 'multiply' | 'divide' | 'minimum' | 'maximum',
  back: NonNullable<Operation['back']>,
): Operation {
  return {
    arity: 2,
    shape: ([a = [], b = []]) => broadcast(a, b) ?? 'shapes that fit',
    run: (on, [a, b]) => on[name](a as never, b as never),
    back,
  };
}

/** Number by number, of one operand. */
function unary(
  name: 'negate' | 'oneMinus' | 'sigmoid' | 'logSigmoid' | 'tanh' | 'relu' | 'exp' | 'softplus' | 'squareRoot',
  back: NonNullable<Operation['back']>,
): Operation {
  return {
    arity: 1,
    shape: ([a = []]) => a,
    run: (on, [a]) => on[name](a as never),
    back,
  };
}

/** Of the gradient of the larger of two. */
function whereLarger(larger: Expression, smaller: Expression, gradient: Signed): Signed {
  return times(gradient, larger.graph.make('atLeast', [larger, smaller]));
}

/** All operations: what their results look like, how they are computed, and the way back through them. */
export const OPERATIONS: Readonly<Record<OperationName, Operation>> = {
  add: binary('add', (_, gradient) => [gradient, gradient]),
  subtract: binary('subtract', (_, gradient) => [gradient, opposite(gradient)]),
  multiply: binary('multiply', (node, gradient) => {
    const [a, b] = operands(node);
    return [times(gradient, b), times(gradient, a)];
  }),
  divide: binary('divide', (node, gradient) => {
    const [, b] = operands(node);
    const ofNumerator = of(gradient, gradient.value.dividedBy(b));
    return [ofNumerator, opposite(times(ofNumerator, node))];
  }),
  minimum: binary('minimum', (node, gradient) => {
    const [a, b] = operands(node);
    const ofB = whereLarger(a, b, gradient);
    return [of(gradient, gradient.value.minus(ofB.value)), ofB];
  }),
  maximum: binary('maximum', (node, gradient) => {
    const [a, b] = operands(node);
    const ofA = whereLarger(a, b, gradient);
    return [ofA, of(gradient, gradient.value.minus(ofA.value))];
  }),
  negate: unary('negate', (_, gradient) => [opposite(gradient)]),
  oneMinus: unary('oneMinus', (_, gradient) => [opposite(gradient)]),
  sigmoid: unary('sigmoid', (node, gradient) => [
    of(gradient, node.graph.make('sigmoidGradient', [node, gradient.value])),
  ]),
  logSigmoid: unary('logSigmoid', (node, gradient) => [times(gradient, oneMinus(exp(node)))]),
  tanh: unary('tanh', (node, gradient) => [of(gradient, node.graph.make('tanhGradient', [node, gradient.value]))]),
  relu: unary('relu', (node, gradient) => {
    const zero = node.graph.constant(0);
    // Where the result is 0, so is the gradient.
    return [times(gradient, oneMinus(node.graph.make('atLeast', [zero, node])))];
  }),
  exp: unary('exp', (node, gradient) => [times(gradient, node)]),
  softplus: unary('softplus', (node, gradient) => [times(gradient, sigmoid(operands(node)[0]))]),
  squareRoot: unary('squareRoot', (node, gradient) => [of(gradient, gradient.value.dividedBy(node.times(2)))]),
  atLeast: {
    arity: 2,
    shape: ([a = [], b = []]) => broadcast(a, b) ?? 'shapes that fit',
    run: (on, [a, b]) => on.atLeast(a as never, b as never),
  },
  sigmoidGradient: {
    arity: 2,
    shape: ([a = [], b = []]) => (sameShape(a, b) ? a : 'equal shapes'),
    run: (on, [sigmoid, gradient]) => on.sigmoidGradient(sigmoid as never, gradient as never),
  },
  tanhGradient: {
    arity: 2,
    shape: ([a = [], b = []]) => (sameShape(a, b) ? a : 'equal shapes'),
    run: (on, [tanh, gradient]) => on.tanhGradient(tanh as never, gradient as never),
  },
  transpose: {
    arity: 1,
    shape: ([shape = []]) => (shape.length === 2 && !isBatch(shape) ? shape.toReversed() : 'a matrix of weights'),
    run: (on, [matrix]) => on.transpose(matrix as never),
  },
  sumOfRows: {
    arity: 1,
    shape: ([shape = []]) => (shape.length === 2 ? [columnsOf(shape)] : 'a matrix'),
    run: (on, [rows]) => on.sumOfRows(rows as never),
  },
  spread: {
    arity: 2,
    shape: ([a = [], like = []]) => (isBatch(a) && columnsOf(a) === 1 && isBatch(like) ? like : 'a column and rows'),
    run: (on, [column, like]) => on.spread(column as never, like as never),
  },
  zerosLike: {
    arity: 1,
    shape: ([like = []]) => like,
    run: (on, [like]) => on.zerosLike(like as never),
  },
  product: {
    arity: 2,
    shape: ([a = [], b = []]) =>
      a.length === 2 && b.length === 2 && !isBatch(b) && columnsOf(a) === b[0]
        ? [a[0] as Shape[number], columnsOf(b)]
        : 'rows [… × n] and a matrix of weights [n × …]',
    run: (on, [a, b]) => on.product(a as never, b as never),
    back(node, gradient) {
      const [a, b] = operands(node);
      const transposed = (matrix: Expression): Expression => node.graph.make('transpose', [matrix]);
      // What rows contribute to the gradient of weights is added up over time: `derive` sees to that.
      const ofWeights = isBatch(a.shape) ? undefined : of(gradient, transposed(a).dot(gradient.value));
      return [of(gradient, gradient.value.dot(transposed(b))), ofWeights];
    },
  },
  rowSum: {
    arity: 1,
    shape: ([a = []]) => (isBatch(a) ? ['batch', 1] : 'rows'),
    run: (on, [rows]) => on.rowSum(rows as never),
    back(node, gradient) {
      const [rows] = operands(node);
      const [factor] = rows.args;
      // Only the shape counts; the way back through a product needs its factors anyway, and not the product.
      const isLike = rows.operation === 'multiply' && factor && sameShape(factor.shape, rows.shape);
      return [of(gradient, spread(gradient.value, isLike ? factor : rows))];
    },
  },
  columns: {
    arity: 1,
    shape([a = []], { from = -1, to = -1 }) {
      const inside = Number.isInteger(from) && Number.isInteger(to) && 0 <= from && from < to && to <= columnsOf(a);
      return inside && a.length > 0 ? [...a.slice(0, -1), to - from] : `whole columns from 0 to ${columnsOf(a)}`;
    },
    run: (on, [a], { from = 0, to = 0 }) => {
      // `Evaluation` splits all pieces at once instead.
      throw new TypeError(`Columns ${from} to ${to} of ${a} on ${on} are not computed alone`);
    },
  },
  join: {
    arity: undefined,
    shape(args) {
      const [first = []] = args;
      const fit = args.every(
        (arg) => arg.length === first.length && arg.length > 0 && arg.slice(0, -1).join() === first.slice(0, -1).join(),
      );
      return fit ? [...first.slice(0, -1), args.reduce((sum, arg) => sum + columnsOf(arg), 0)] : 'equally many rows';
    },
    run: (on, parts) => on.joinColumns(parts),
    back(node, gradient) {
      let from = 0;
      return node.args.map(({ width }) => {
        from += width;
        return of(gradient, gradient.value.columns(from - width, from));
      });
    },
  },
  leaf: {
    arity: 0,
    shape: () => 'no operation',
    run: (_, __, { name }) => {
      throw new TypeError(`There is no value of ${name}`);
    },
  },
  constant: {
    arity: 0,
    shape: () => [],
    run: (on, _, { value = 0 }) => on.constant(value),
  },
};
