import { checkNumber } from '../../errors.js';
import type { OuterOptimizer } from './OuterOptimizer.js';

/** Options of `nesterov`. */
export interface NesterovOptions {
  /** The share of the way from the old weights to the members' mean that is gone. Default 0.7. */
  readonly learningRate?: number | undefined;
  /** Share of the last rounds' direction that is kept. Default 0.9. */
  readonly momentum?: number | undefined;
}

/**
 * The outer step of DiLoCo (Douillard et al., "DiLoCo: distributed low-communication training of language models", 2023): SGD with Nesterov's momentum,
 * as PyTorch computes it, on the difference Δ of the old weights and the members' mean. v ← momentum·v + Δ; weights ← weights − rate·(Δ + momentum·v). Without
 * momentum: (1 − rate)·before + rate·mean, which at rate 1 is the mean (Local SGD: Stich, "Local SGD converges fast and communicates little", 2019).
 *
 * @throws {InvalidArgumentError} on an option out of range.
 */
export function nesterov({ learningRate = 0.7, momentum = 0.9 }: NesterovOptions = {}): OuterOptimizer {
  checkNumber('learningRate', learningRate, { above: 0, max: 2 });
  checkNumber('momentum', momentum, { min: 0, below: 1 });
  const settings = { name: 'nesterov', learningRate, momentum };
  if (momentum === 0)
    return {
      settings,
      slots: [],
      update: ({ before, mean }) => {
        // Not by the formula, which would make −0 to 0.
        if (learningRate === 1) return { weights: mean, slots: {} };
        const weights = before.map((old, at) => (1 - learningRate) * old + learningRate * (mean[at] ?? 0));
        return { weights, slots: {} };
      },
    };
  return {
    settings,
    slots: ['velocity'],
    update({ before, mean, slots }) {
      const old = slots['velocity'] ?? new Float32Array(before.length);
      const velocity = new Float32Array(before.length);
      const weights = new Float32Array(before.length);
      for (let at = 0; at < before.length; at++) {
        const from = before[at] ?? 0;
        const difference = from - (mean[at] ?? 0);
        const moved = momentum * (old[at] ?? 0) + difference;
        velocity[at] = moved;
        weights[at] = from - learningRate * (difference + momentum * moved);
      }
      return { weights, slots: { velocity } };
    },
  };
}
