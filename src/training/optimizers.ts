import type { OPTIMIZER_NAMES } from '../names.js';
import { adam, adamW } from './adam.js';
import { rmsProp } from './rmsProp.js';
import { sgd } from './sgd.js';

/** The optimizers that come with the library, by name. */
export const OPTIMIZERS = {
  /** Kingma and Ba 2015. */
  adam,
  /** Adam with weight decay beside the gradient: Loshchilov and Hutter 2019. */
  adamW,
  /** Hinton 2012. */
  rmsProp,
  /** Stochastic gradient descent, with momentum where that is asked for. */
  sgd,
} as const satisfies Record<(typeof OPTIMIZER_NAMES)[number], unknown>;

/** The name of an optimizer that comes with the library. */
export type OptimizerName = keyof typeof OPTIMIZERS;
