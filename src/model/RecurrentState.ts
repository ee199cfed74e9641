/** A layer's state by the names of its parts, such as `hidden`: each `[rows × hidden]`, row-major. */
export type StateNumbers = Readonly<Record<string, Float32Array>>;

/**
 * The states of all layers for a set of hypotheses, in plain numbers: nothing needs to be freed, and they outlive the
 * backend that made them.
 */
export interface RecurrentState {
  /** How many hypotheses. */
  readonly rows: number;
  /** The parts of each layer, by name. */
  readonly layers: readonly StateNumbers[];
}
