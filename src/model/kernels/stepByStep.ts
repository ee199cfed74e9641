import type { NativeRun, NativeSetting } from './NativeCell.js';
import type { Id, NativeOperations } from './NativeOperations.js';

/** The time steps of a cell whose state is its hidden state. */
export interface NativeSteps extends Pick<NativeRun, 'backward'> {
  /** The new hidden state, the caller's. `projected`, x·W_x + b part by part, is freed. */
  forward(projected: readonly Id[], hidden: Id): Id;
  /** What happened inside, by the names of `Gates`: a tensor a time step, the steps'. */
  gates(): Readonly<Record<string, readonly Id[]>>;
}

/** Runs a cell one time step after the other. */
export function stepByStep(
  native: NativeOperations,
  { input, inputWeights, bias, initial, time }: NativeSetting,
  steps: NativeSteps,
): NativeRun {
  const parts = inputWeights.map((weights, part) => input.projection(weights, bias[part]));
  const hidden: Id[] = [];
  for (let at = 0; at < time; at++)
    hidden.push(
      steps.forward(
        parts.map((part) => part(at)),
        hidden[at - 1] ?? (initial[0] as Id),
      ),
    );
  const outputs = native.joinRows(hidden);
  native.free(...hidden);
  return {
    outputs,
    gates: () =>
      Object.fromEntries(Object.entries(steps.gates()).map(([name, values]) => [name, native.joinRows(values)])),
    backward: (...step) => steps.backward(...step),
  };
}
