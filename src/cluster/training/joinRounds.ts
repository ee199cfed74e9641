import { checkFunction, checkNumber, invalid } from '../../errors.js';
import type { Batch } from '../../pipeline/Batch.js';
import { type ClusterOptions, connectCluster } from '../connectCluster.js';
import type { Piece } from '../Piece.js';
import { nesterov } from './nesterov.js';
import type { OuterOptimizer } from './OuterOptimizer.js';
import { RoundsMember } from './RoundsMember.js';

/** Options of `joinRounds`. */
export interface RoundsOptions extends ClusterOptions {
  /** The batches of a piece in an epoch: the same each time. */
  readonly batches: (piece: Piece, epoch: number) => AsyncIterable<Batch>;
  /** Steps that a member makes by itself in a round. Default 50. */
  readonly every?: number | undefined;
  /**
   * How the members' weights make the next ones; the same for all of them. Default: they become their mean, `nesterov({ learningRate: 1, momentum: 0 })`, which
   * in a training of less than some hundred rounds learns most.
   */
  readonly outer?: OuterOptimizer | undefined;
  /** Pieces that this member may hold at once: where they are used up, a round ends early. Default 4. */
  readonly open?: number | undefined;
  /** Whether this member sends what it learned in half precision: half the bytes, to three digits. Default false. */
  readonly float16?: boolean | undefined;
}

/**
 * Joins a training that several machines share, over the pieces that `shardFiles` made: Local SGD with an outer optimizer (Stich 2019; DiLoCo, Douillard
 * et al. 2023). Each member makes `every` steps by itself; then their weights are merged, and all go on from the result. Whoever joins
 * later begins with the newest weights; who leaves, or dies, is not waited for; the pieces that it had come to others.
 *
 *     const rounds = await joinRounds({ url, name, every: 50, batches: (piece) => batchSentences(sentences(piece), tokenizer) });
 *     fit(model, { batches: rounds.batches, validBatches, optimizer: adam(), until: { epochs: 3 }, rounds })
 *
 * `fit` ends it.
 *
 * @throws {InvalidArgumentError} when an option cannot be used.
 * @throws {MissingPackageError} when NATS's packages are not installed.
 * @throws {ClusterError} when no server can be used.
 */
export async function joinRounds({
  batches,
  every = 50,
  outer = nesterov({ learningRate: 1, momentum: 0 }),
  open = 4,
  float16 = false,
  ...options
}: RoundsOptions): Promise<RoundsMember> {
  checkFunction('batches', batches);
  checkNumber('every', every, { integer: true, min: 1 });
  checkNumber('open', open, { integer: true, min: 1 });
  if (typeof float16 !== 'boolean') throw invalid('float16', 'true or false', float16);
  if (typeof outer?.update !== 'function' || !Array.isArray(outer.slots) || typeof outer.settings !== 'object')
    throw invalid('outer', 'an OuterOptimizer, such as nesterov()', outer);
  return new RoundsMember(await connectCluster(options), { batches, every, outer, open, float16 });
}
