import { residualName } from '../names.js';
import { type Cell, cell } from './cell.js';
import { type CellName, cellOf } from './cells.js';
import { carryShape, Wrapped } from './Wrapped.js';

/**
 * The cell with a way around it (He et al., “Deep residual learning for image recognition”, 2016): what a layer gives is what it reads plus
 * what the cell makes of that,
 *
 *     y_t = x_t + h_t
 *
 * Where what is read is of another width than the output, as that of the first layer often is, a matrix that is learned carries it over: x_t·V. In a
 * model of such layers, the projection reads the sum of all of them and of the embedding: that is a skip from each layer to each one
 * above, and to the output (Graves 2013 joins them side by side instead).
 *
 * The state, the gates and the names of the weights are the cell's own; V is `carryWeights`. Of `gru` it is called `residualGru`.
 * @param given a cell, or the name of one that comes with the library
 * @throws {InvalidArgumentError} when it is neither.
 */
export function residual(given: CellName | Cell): Cell {
  const inner = cellOf(given);
  const { name, version, source, bias } = inner;
  return cell({
    ...{ name: residualName(name), version, bias },
    source: [...(source ? [source] : []), 'residual: He et al., 2016'].join('; '),
    state: (sizes) => inner.state(sizes),
    weights: (sizes) => new Wrapped(inner, sizes).weights({ carryWeights: carryShape(sizes) }),
    step({ x, ...given }, sizes) {
      const wrapped = new Wrapped(inner, sizes);
      const carry = wrapped.weight('carryWeights', given);
      const { output, ...others } = wrapped.step(x, given);
      return { output: (carry ? x.dot(carry) : x).plus(output), ...others };
    },
  });
}
