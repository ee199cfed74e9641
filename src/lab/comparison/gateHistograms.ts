import { planOf } from '../../cells/planOf.js';
import { sizesOf } from '../../model/ModelConfig.js';
import type { TrainingStep } from '../../training/TrainingStep.js';
import type { GateHistogram } from './Comparison.js';
import { gateRange } from './gateRange.js';

/** Forty bins: their bounds hit 0.1 and 0.9, which a report asks for. */
const BINS = 40;

/**
 * Histograms of a step's gates, layer by layer, over the unmasked positions of its batch: 40 bins over what `gateRange`
 * says, from 0 to 1 for a sigmoid.
 * @throws {InspectionError} when the step has been emitted.
 */
export function gateHistograms(step: TrainingStep): GateHistogram[] {
  const inspection = step.inspect();
  const { mask } = inspection.batch;
  const { cell, config } = inspection.model;
  return inspection.gates().flatMap((gates, layer) =>
    Object.entries(gates).map(([gate, tensor]) => {
      const range = gateRange(planOf(cell, sizesOf(config, layer)).cell, gate);
      return { layer, gate, range, counts: countUnmasked(tensor.dataSync(), mask, range) };
    }),
  );
}

/** Counts values `[positions × hidden]` into bins, but not those of positions whose mask is 0. */
function countUnmasked(values: ArrayLike<number>, mask: Float32Array, [from, to]: readonly [number, number]): number[] {
  const counts = new Array<number>(BINS).fill(0);
  const hidden = values.length / mask.length;
  const binsPerUnit = BINS / (to - from);
  for (let position = 0; position < mask.length; position++) {
    if (mask[position] === 0) continue;
    for (let at = position * hidden; at < (position + 1) * hidden; at++) {
      const bin = Math.min(BINS - 1, Math.max(0, Math.floor(((values[at] ?? NaN) - from) * binsPerUnit)));
      counts[bin] = (counts[bin] ?? 0) + 1;
    }
  }
  return counts;
}
