import { adam, adamW } from './adam.js';
import { rmsProp } from './rmsProp.js';
import { sgd } from './sgd.js';

/** The optimizers that come with the library, by name. */
export const OPTIMIZERS = { adam, adamW, rmsProp, sgd } as const;

/** The name of an optimizer that comes with the library. */
export type OptimizerName = keyof typeof OPTIMIZERS;
