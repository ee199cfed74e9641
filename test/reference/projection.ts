import {
  addOuterProduct,
  addTo,
  columnBlock,
  product,
  type ReferenceTensors,
  sum,
  tensorOf,
  transposedProduct,
  type Vector,
} from './arrays.js';

/** logits = h·P + p, where a tied P is the transposed embedding. */
export function project(weights: ReferenceTensors, tied: boolean, hidden: Vector): Vector {
  const { projectionBias } = weights;
  const logits = tied
    ? transposedProduct(hidden, columnBlock(tensorOf(weights, 'embedding')))
    : product(hidden, columnBlock(tensorOf(weights, 'projection')));
  return sum(logits, projectionBias?.data);
}

/** From ∂loss/∂logits to ∂loss/∂h; adds to the gradients of the projection. */
export function projectBackward(
  weights: ReferenceTensors,
  gradients: ReferenceTensors,
  tied: boolean,
  hidden: Vector,
  gradient: Vector,
): Vector {
  const { projectionBias } = gradients;
  if (projectionBias) addTo(projectionBias.data, gradient);
  if (tied) {
    addOuterProduct(columnBlock(tensorOf(gradients, 'embedding')), gradient, hidden);
    return product(gradient, columnBlock(tensorOf(weights, 'embedding')));
  }
  addOuterProduct(columnBlock(tensorOf(gradients, 'projection')), hidden, gradient);
  return transposedProduct(gradient, columnBlock(tensorOf(weights, 'projection')));
}
