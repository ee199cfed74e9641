import { ClusterError } from '../../errors.js';
import type { Cluster } from '../Cluster.js';
import type { OuterOptimizer } from './OuterOptimizer.js';
import type { Offer, RoundEntry, RoundLog } from './RoundLog.js';
import { getTensor, putTensor, removeTensor } from './tensors.js';

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
  const merged = await merge(cluster, head, outer, before, taken).catch(async (error: unknown) => {
    await log.catchUp();
    // What it was merged with is gone, as the round is over.
    if (log.head !== head) return undefined;
    throw error;
  });
  if (!merged) return undefined;
  const { weights, entry, made } = merged;
  const contributions = [...taken.keys()].map(({ id, member, steps, pieces }) => ({ id, member, steps, pieces }));
  const round = head.round + 1;
  if (await log.append({ round, ...entry, by: cluster.member, seconds, contributions })) {
    // Nobody waits for that; where it fails, some bytes stay.
    removeOld(cluster, log, offers, round).catch(() => {});
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
  const read = async (name: string) => {
    const kept = references[name];
    return [name, kept ? await getTensor(cluster, kept) : new Float32Array(before.length)] as const;
  };
  const old = Object.fromEntries(await Promise.all(outer.slots.map(read)));
  const mean = meanOf(learned.map(([offer, values]) => [offer.steps, values] as const));
  const { weights, slots } = outer.update({ before, mean, steps, slots: old });
  const values = [weights, ...outer.slots.map((name) => slots[name] ?? new Float32Array(before.length))];
  const made = await Promise.all(values.map((one) => putTensor(cluster, one)));
  const [first = reference, ...others] = made;
  const kept = Object.fromEntries(outer.slots.flatMap((name, place) => (others[place] ? [[name, others[place]]] : [])));
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
