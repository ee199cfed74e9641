import { ClusterError } from '../../errors.js';
import type { Cluster } from '../Cluster.js';
import type { OuterOptimizer } from './OuterOptimizer.js';
import type { Offer, RoundEntry, RoundLog } from './RoundLog.js';
import { getTensor, putTensor, removeTensor, type TensorReference } from './tensors.js';

/** What a round is closed with. */
export interface Closing {
  readonly cluster: Cluster;
  readonly log: RoundLog;
  readonly outer: OuterOptimizer;
  /** The weights that the round began with. */
  readonly before: Float32Array;
  /** What is offered, in the order in which it came. */
  readonly offers: readonly Offer[];
  /** The one of these that is the closer's, whose weights need not be read. */
  readonly own?: { readonly id: string; readonly weights: Float32Array } | undefined;
  /** Since the round began. */
  readonly seconds: number;
  /** Takes whatever is offered, whether or not it counts already: tests see what comes of that. */
  readonly noLedger?: boolean | undefined;
}

/**
 * Closes the round behind the log's last one: what is offered, and whose batches follow those that the log has, makes the next weights. The same
 * offers in the same order give the same bits. Gives the new weights; nothing where somebody else has closed it.
 */
export async function closeRound({
  cluster,
  log,
  outer,
  before,
  offers,
  own,
  seconds,
  noLedger = false,
}: Closing): Promise<Float32Array | undefined> {
  const head = log.head;
  if (!head) throw new ClusterError('Expected a round to go on from, got none');
  const taken = new Map<Offer, Float32Array>();
  const pieces = new Set<string>();
  for (const offer of offers) {
    const keys = offer.pieces.map(({ epoch, piece }) => `${epoch}/${piece}`);
    const counts = offer.pieces.every((piece) => log.follows(piece)) && !keys.some((key) => pieces.has(key));
    if (!counts && !noLedger) continue;
    const weights = offer.steps > 0 ? await offeredWeights(cluster, offer, before, own) : before;
    if (!weights) {
      await log.catchUp();
      // Gone, as the round is over; else, what was offered is damaged.
      if (log.head !== head) return undefined;
      continue;
    }
    taken.set(offer, weights);
    for (const key of keys) pieces.add(key);
  }
  const { weights, entry, made } = await merge(cluster, head, outer, before, taken);
  const contributions = [...taken.keys()].map(({ id, member, steps, pieces }) => ({ id, member, steps, pieces }));
  const round = head.round + 1;
  if (await log.append({ round, ...entry, by: cluster.member, seconds, contributions })) {
    await removeOld(cluster, log, offers, round);
    return weights;
  }
  await Promise.all(made.map((tensor) => removeTensor(cluster, tensor)));
  return undefined;
}

/** The weights of an offer; nothing where they cannot be read, or are not finite. */
async function offeredWeights(
  cluster: Cluster,
  { id, weights }: Offer,
  before: Float32Array,
  own: Closing['own'],
): Promise<Float32Array | undefined> {
  if (weights.size !== before.length) return undefined;
  try {
    // What others read of half precision is read here, too.
    const isRead = weights.type === 'float16' || id !== own?.id;
    const values = isRead ? await getTensor(cluster, weights) : own.weights;
    if (!values.every(Number.isFinite)) return undefined;
    return weights.type === 'float16' ? values.map((difference, at) => (before[at] ?? 0) + difference) : values;
  } catch (error) {
    if (error instanceof ClusterError && error.cause === undefined) return undefined;
    throw error;
  }
}

/** The next weights and what is kept with them, in the stream. */
async function merge(
  cluster: Cluster,
  head: RoundEntry,
  outer: OuterOptimizer,
  before: Float32Array,
  taken: ReadonlyMap<Offer, Float32Array>,
) {
  const learned = [...taken].filter(([{ steps }]) => steps > 0);
  const steps = learned.reduce((sum, [offer]) => sum + offer.steps, 0);
  const { weights: reference, slots: references } = head;
  if (steps === 0) return { weights: before, entry: { weights: reference, slots: references }, made: [] };
  const old: Record<string, Float32Array> = {};
  for (const name of outer.slots) {
    const kept = references[name];
    old[name] = kept ? await getTensor(cluster, kept) : new Float32Array(before.length);
  }
  const mean = meanOf(learned.map(([offer, values]) => [offer.steps, values] as const));
  const { weights, slots } = outer.update({ before, mean, steps, slots: old });
  const made: TensorReference[] = [await putTensor(cluster, weights)];
  const kept: Record<string, TensorReference> = {};
  for (const name of outer.slots) {
    const tensor = await putTensor(cluster, slots[name] ?? new Float32Array(before.length));
    kept[name] = tensor;
    made.push(tensor);
  }
  const [first = reference] = made;
  return { weights, entry: { weights: first, slots: kept }, made };
}

/** The mean of weights, each as heavy as its steps; added up in their order, in float64, so that the mean of one is that one to the bit. */
function meanOf(all: readonly (readonly [steps: number, values: Float32Array])[]): Float32Array {
  const [first, ...others] = all;
  if (!first) throw new ClusterError('Expected weights to take the mean of, got none');
  const total = all.reduce((steps, [some]) => steps + some, 0);
  const mean = new Float32Array(first[1].length);
  for (let at = 0; at < mean.length; at++) {
    // Not from 0 on, which would make −0 to 0.
    let sum = first[0] * (first[1][at] ?? 0);
    for (const [steps, values] of others) sum += steps * (values[at] ?? 0);
    mean[at] = sum / total;
  }
  return mean;
}

/** Removes what nobody reads any more: what was offered, and weights of two rounds ago. */
async function removeOld(cluster: Cluster, log: RoundLog, offers: readonly Offer[], round: number): Promise<void> {
  const used = new Set<string>();
  for (const entry of [log.entry(round), log.entry(round - 1)])
    for (const { id } of entry ? [entry.weights, ...Object.values(entry.slots)] : []) used.add(id);
  const old = log.entry(round - 2);
  const tensors = [...offers.map(({ weights }) => weights), ...(old ? [old.weights, ...Object.values(old.slots)] : [])];
  for (const tensor of tensors) if (!used.has(tensor.id)) await removeTensor(cluster, tensor);
  await cluster.purge('rounds', cluster.subject('rounds', 'offer', round - 2, '>'));
}
