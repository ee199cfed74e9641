import type * as tf from '@tensorflow/tfjs';
import type { Batch } from '../pipeline/Batch.js';
import type { StepInspection } from '../training/StepInspection.js';

/**
 * What a step worked with, by tag: `gradients/<weight>` and `weights/<weight>`, and `gates/layer_<n>/<gate>` over the
 * unmasked positions of its batch; layers count from 0.
 * @throws {InspectionError} when the step has been emitted.
 */
export function* stepDistributions(inspection: StepInspection): Generator<[tag: string, values: Float32Array]> {
  const { gradients, weights, batch } = inspection;
  for (const [name, gradient] of Object.entries(gradients)) yield [`gradients/${name}`, numbers(gradient)];
  for (const [name, weight] of Object.entries(weights)) yield [`weights/${name}`, numbers(weight)];
  for (const [layer, gates] of inspection.gates().entries())
    for (const [name, gate] of Object.entries(gates)) yield [`gates/layer_${layer}/${name}`, unmasked(gate, batch)];
}

/** The rows of a `[length·size × hidden]` tensor where there is a token. */
function unmasked(tensor: tf.Tensor2D, { mask }: Batch): Float32Array {
  const all = numbers(tensor);
  const width = tensor.shape[1];
  const kept = new Float32Array(all.length);
  let length = 0;
  for (const [row, isToken] of mask.entries())
    if (isToken) {
      kept.set(all.subarray(width * row, width * (row + 1)), length);
      length += width;
    }
  return kept.subarray(0, length);
}

/** Not to be written to: on some backends these are the tensor's own. */
function numbers(tensor: tf.Tensor): Float32Array {
  return tensor.dataSync<'float32'>();
}
