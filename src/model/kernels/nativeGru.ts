import type { NativeCell, NativeSetting, NativeStepGradient } from './NativeCell.js';
import type { Id, NativeOperations } from './NativeOperations.js';
import { type NativeSteps, stepByStep } from './stepByStep.js';

/** What a time step keeps. */
interface Kept {
  readonly gates: Id;
  readonly z: Id;
  readonly r: Id;
  readonly candidate: Id;
  /** candidate − h_{t−1} */
  readonly change: Id;
  /** r ⊗ h_{t−1}; where the reset gate applies after the product, the product. */
  readonly reset: Id;
}

/**
 * z, r = σ(…), candidate = tanh(x·W_x + b + (r ⊗ h_{t−1})·W_h), h_t = h_{t−1} + z ⊗ (candidate − h_{t−1}).
 */
export const nativeGru: NativeCell = {
  parts: [[0, 1], [2]],
  run: (native, setting) => stepByStep(native, setting, steps(native, setting, resetBefore(native, setting))),
};

/** The same with candidate = tanh(x·W_x + b + r ⊗ (h_{t−1}·W_h + recurrentBias)). */
export const nativeGruResetAfter: NativeCell = {
  ...nativeGru,
  run: (native, setting) => stepByStep(native, setting, steps(native, setting, resetAfter(native, setting))),
};

/** In what the two differ. */
interface Reset {
  /** What the state adds to the candidate's sum, and what is to be kept of that. */
  forward(r: Id, hidden: Id): { added: Id; reset: Id };
  /** The way back, from the gradient of the candidate's sum: what comes to r and to the state, and `NativeStepGradient`. */
  backward(
    sums: Id,
    kept: Kept,
    previous: Id,
  ): { toR: Id; toHidden: Id } & Required<Pick<NativeStepGradient, 'factors' | 'products'>>;
}

function steps(native: NativeOperations, { recurrentWeights, keep }: NativeSetting, reset: Reset): NativeSteps {
  const forGates = recurrentWeights[0] as Id;
  const transposed = native.transpose(forGates);
  const kept: Kept[] = [];
  return {
    forward([xGates, xCandidate], hidden) {
      const product = native.product(hidden, forGates);
      const sums = native.add(product, xGates as Id);
      const gates = native.sigmoid(sums);
      const [z, r] = native.splitColumns(gates, 2) as [Id, Id];
      const fromHidden = reset.forward(r, hidden);
      const candidateSums = native.add(xCandidate as Id, fromHidden.added);
      const candidate = native.tanh(candidateSums);
      const change = native.subtract(candidate, hidden);
      const part = native.multiply(z, change);
      const next = native.add(hidden, part);
      native.free(xGates as Id, xCandidate as Id, product, sums, fromHidden.added, candidateSums, part);
      if (keep) kept.push({ gates, z, r, candidate, change, reset: fromHidden.reset });
      else native.free(gates, z, r, candidate, change, fromHidden.reset);
      return next;
    },
    backward(time, [gradient], { previous }) {
      const step = kept[time] as Kept;
      const toCandidate = native.multiply(gradient as Id, step.z);
      const candidateSums = native.tanhGradient(step.candidate, toCandidate);
      const { toR, toHidden, products, factors } = reset.backward(candidateSums, step, previous);
      const toZ = native.multiply(gradient as Id, step.change);
      const toGates = native.joinColumns([toZ, toR]);
      const gateSums = native.sigmoidGradient(step.gates, toGates);
      const direct = native.subtract(gradient as Id, toCandidate);
      const throughGates = native.product(gateSums, transposed);
      const state = native.sum([direct, throughGates, toHidden]);
      const { gates, z, r, candidate, change } = step;
      native.free(gates, z, r, candidate, change, gradient as Id);
      native.free(toCandidate, toR, toHidden, toZ, toGates, direct, throughGates);
      return { sums: [gateSums, candidateSums], products: [gateSums, ...products], factors, state: [state] };
    },
    gates: () => ({ update: kept.map(({ z }) => z), reset: kept.map(({ r }) => r) }),
  };
}

function resetBefore(native: NativeOperations, { recurrentWeights }: NativeSetting): Reset {
  const weights = recurrentWeights[1] as Id;
  const transposed = native.transpose(weights);
  return {
    forward(r, hidden) {
      const reset = native.multiply(r, hidden);
      return { added: native.product(reset, weights), reset };
    },
    backward(sums, { r, reset }, previous) {
      const toReset = native.product(sums, transposed);
      const toR = native.multiply(toReset, previous);
      const toHidden = native.multiply(toReset, r);
      native.free(toReset);
      return { toR, toHidden, products: [sums], factors: [undefined, reset] };
    },
  };
}

function resetAfter(native: NativeOperations, { recurrentWeights, recurrentBias }: NativeSetting): Reset {
  const weights = recurrentWeights[1] as Id;
  const transposed = native.transpose(weights);
  return {
    forward(r, hidden) {
      const product = native.product(hidden, weights);
      const reset = recurrentBias === undefined ? product : native.addToRows(product, recurrentBias);
      if (reset !== product) native.free(product);
      return { added: native.multiply(r, reset), reset };
    },
    backward(sums, { r, reset }) {
      const toR = native.multiply(sums, reset);
      const toProduct = native.multiply(sums, r);
      native.free(reset);
      return { toR, toHidden: native.product(toProduct, transposed), products: [toProduct], factors: [] };
    },
  };
}
