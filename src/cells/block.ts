import { checkNumber } from '../errors.js';
import type { Expression } from '../graph/Expression.js';
import { relu, rmsNorm } from '../graph/functions.js';
import { blockName } from '../names.js';
import { type Cell, cell } from './cell.js';
import { type CellName, cellOf } from './cells.js';
import { carryShape, Wrapped } from './Wrapped.js';

/** Options of `block`. */
export interface BlockOptions {
  /** How many times as wide as the hidden state the feed-forward part is inside, rounded to whole units. Default 2. */
  readonly expansion?: number | undefined;
}

/**
 * The cell as one layer of a deep stack, as Feng et al. (“Were RNNs all we needed?”, 2024) use `minGru` and `minLstm`, without their convolution
 * over a few time steps: normalised input to the cell, whose output is added to what is read; then, normalised, through a feed-forward part of two matrices, which is
 * added as well,
 *
 *     s_t = x_t + h_t                                 where the cell reads RMSNorm(x_t)
 *     y_t = s_t + ReLU(RMSNorm(s_t)·W_1 + b_1)·W_2 + b_2
 *
 * A cell without recurrent products learns in each layer only what to add up over time; the feed-forward parts between mix that. Where what is read is
 * of another width than the output, a matrix that is learned carries it over: x_t·V. RMSNorm (Zhang and Sennrich 2019) has no gains: the matrices
 * behind it would scale the same.
 *
 * The state, the gates and the names of the weights are the cell's own; `carryWeights` is V, `expandWeights` and `contractWeights`, with biases
 * `expandBias` and `contractBias`, are the feed-forward part. Of `minGru` it is called `minGruBlock`.
 * @param given a cell, or the name of one that comes with the library
 * @throws {InvalidArgumentError} when it is neither, or `expansion` is not a number above 0.
 */
export function block(given: CellName | Cell, { expansion = 2 }: BlockOptions = {}): Cell {
  const inner = cellOf(given);
  checkNumber('expansion', expansion, { above: 0 });
  const { name, version, source, bias } = inner;
  return cell({
    ...{ name: blockName(name), version, bias },
    source: [...(source ? [source] : []), 'block: Feng et al., 2024, without convolution'].join('; '),
    state: (sizes) => inner.state(sizes),
    weights(sizes) {
      const { hidden, bias } = sizes;
      const wide = Math.max(1, Math.round(expansion * hidden));
      return new Wrapped(inner, sizes).weights({
        carryWeights: carryShape(sizes),
        expandWeights: [hidden, wide],
        expandBias: bias ? [wide] : undefined,
        contractWeights: [wide, hidden],
        contractBias: bias ? [hidden] : undefined,
      });
    },
    step({ x, ...given }, sizes) {
      const wrapped = new Wrapped(inner, sizes);
      const weight = (name: string): Expression | undefined => wrapped.weight(name, given);
      const carry = weight('carryWeights');
      const { output, ...others } = wrapped.step(rmsNorm(x), given);
      const sum = (carry ? x.dot(carry) : x).plus(output);
      const wide = relu(
        rmsNorm(sum)
          .dot(weight('expandWeights') as Expression)
          .plus(weight('expandBias')),
      );
      const fed = wide.dot(weight('contractWeights') as Expression).plus(weight('contractBias'));
      return { output: sum.plus(fed), ...others };
    },
  });
}
