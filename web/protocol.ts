import type { ComputeProblem, Kind, Request } from './compute/types.js';

/** What the page tells its worker. */
export type ToWorker =
  | {
      /** What is asked; the answers have the same number. */
      readonly id: number;
      readonly request: Request & { readonly kind: Kind };
    }
  | {
      /** What nobody wants any more. */
      readonly cancelled: number;
    };

/** What the worker tells the page. */
export type FromWorker =
  | { readonly id: number; readonly answer: unknown }
  | { readonly id: number; readonly part: unknown }
  | { readonly id: number; readonly problem: ComputeProblem };
