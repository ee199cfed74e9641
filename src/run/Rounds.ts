import type { Named } from '../model/mapValues.js';
import type { StoredTensor } from '../model/safetensors.js';
import type { Batch } from '../pipeline/Batch.js';

/** What a training in rounds reads and changes of a member's model. */
export interface RoundsModel {
  /** The weights as they are now, copied, by name. */
  weights(): Named<StoredTensor>;
  /** Gives the model other weights, of the same names and sizes. */
  assign(weights: Named<Float32Array>): void;
}

/** Where a member of a training in rounds is. */
export interface RoundsPlace {
  /** Who it is. */
  readonly member: string;
  /** The last round whose weights it has. */
  readonly round: number;
  /** The piece that it learned from last; of none, `undefined`. */
  readonly piece: string | undefined;
}

/**
 * A training that members share: each makes some steps by itself, on pieces of the text that are its own, then they agree on new
 * weights. All that `fit` knows of it.
 */
export interface Rounds {
  /** Where this member is. */
  readonly place: RoundsPlace;
  /** Begins: the model gets the newest weights, where there are some. */
  begin(model: RoundsModel): Promise<void>;
  /**
   * The batches of an epoch that are this member's, perhaps none. Before one comes, the model may get other weights. It ends when the epoch is
   * over for all.
   */
  batches(epoch: number): AsyncIterable<Batch>;
  /** Hears that the model has learned from the batch that came last. */
  learned(): void;
  /** Ends: what was learned since the last round is given to the others, unless the training `failed`; the model has the newest weights then. */
  end(failed: boolean): Promise<void>;
}
