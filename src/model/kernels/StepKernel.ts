import type { StateNumbers } from '../RecurrentState.js';
import type { Network } from './SequenceKernel.js';

/** What one time step gives. */
export interface StepNumbers {
  /** `[hypotheses × vocabulary]`, row-major, in nats. */
  readonly logProbabilities: Float32Array;
  /** The new state of each layer. */
  readonly layers: readonly StateNumbers[];
}

/** Runs a network over one time step of some hypotheses. Two ways do, `referenceStep` and `NativeStep`, and agree up to rounding. */
export interface StepKernel {
  /** One time step from the states of the layers, in which each hypothesis reads its id. */
  next(network: Network, states: readonly StateNumbers[], ids: Int32Array): StepNumbers | Promise<StepNumbers>;
}
