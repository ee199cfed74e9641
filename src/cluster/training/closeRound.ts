import { ClusterError } from '../../errors.js';
import type { Cluster } from '../Cluster.js';
import { meanOf } from './meanOf.js';
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
  /** Kept numbers that the closer has, and need not read, by their name. Default: none. */
  readonly known?: ReadonlyMap<string, Float32Array> | undefined;
  /** Since the round began. */
  readonly seconds: number;
  /** Takes whatever is offered, whether or not it counts already: tests see what comes of that. */
  readonly noLedger?: boolean | undefined;
}

/**
 * Closes the round behind the log's last one: what is offered, and whose batches follow those that the log has, makes the next weights. The same
 * offers in the same order give the same bits. Gives what was made and kept, by its name: the new weights, and what the outer optimizer keeps; nothing where
 * somebody else has closed it.
 */
export async function closeRound({
  cluster,
  log,
  outer,
  before,
  offers,
  known = new Map(),
  seconds,
  noLedger = false,
}: Closing): Promise<ReadonlyMap<string, Float32Array> | undefined> {
  const head = log.head;
  if (!head) throw new ClusterError('Expected a round to go on from, got none');
  const numbers = async (reference: TensorReference) =>
    known.get(reference.id) ?? (await getTensor(cluster, reference));
  // All at once: each is waited for when its turn comes.
  const reads = new Map(offers.map((offer) => [offer, soon(offeredWeights(numbers, offer, before))]));
  const kept = soon(keptSlots(numbers, head, outer, before.length));
  const taken = new Map<Offer, Float32Array>();
  const pieces = new Set<string>();
  for (const offer of offers) {
    const keys = offer.pieces.map(({ epoch, piece }) => `${epoch}/${piece}`);
    const counts = offer.pieces.every((piece) => log.follows(piece)) && !keys.some((key) => pieces.has(key));
    if (!counts && !noLedger) continue;
    const weights = await reads.get(offer);
    if (!weights) {
      await log.catchUp();
      // Gone, as the round is over; else, what was offered is damaged.
      if (log.head !== head) return undefined;
      continue;
    }
    taken.set(offer, weights);
    for (const key of keys) pieces.add(key);
  }
  const merged = await merge(cluster, head, outer, before, taken, kept).catch(async (error: unknown) => {
    await log.catchUp();
    // What it was merged with is gone, as the round is over.
    if (log.head !== head) return undefined;
    throw error;
  });
  if (!merged) return undefined;
  const { entry, made } = merged;
  const contributions = [...taken.keys()].map(({ id, member, steps, pieces }) => ({ id, member, steps, pieces }));
  const round = head.round + 1;
  if (await log.append({ round, ...entry, by: cluster.member, seconds, contributions })) {
    // Nobody waits for that; where it fails, some bytes stay.
    removeOld(cluster, log, offers, round).catch(() => {});
    return new Map(made.map(([{ id }, values]) => [id, values]));
  }
  await Promise.all(made.map(([tensor]) => removeTensor(cluster, tensor)));
  return undefined;
}

/** Something that is waited for later; until then, nobody else hears of its error. */
function soon<T>(work: Promise<T>): Promise<T> {
  work.catch(() => {});
  return work;
}

type Numbers = (reference: TensorReference) => Promise<Float32Array>;

/** The weights of an offer; nothing where they cannot be read, or are not finite. */
async function offeredWeights(
  numbers: Numbers,
  { steps, weights }: Offer,
  before: Float32Array,
): Promise<Float32Array | undefined> {
  if (steps === 0) return before;
  if (weights.size !== before.length) return undefined;
  try {
    const values = await numbers(weights);
    if (!values.every(Number.isFinite)) return undefined;
    return weights.type === 'float16' ? values.map((difference, at) => (before[at] ?? 0) + difference) : values;
  } catch (error) {
    if (error instanceof ClusterError && error.cause === undefined) return undefined;
    throw error;
  }
}

/** What the outer optimizer has kept, by name; zeros at first. */
async function keptSlots(numbers: Numbers, { slots }: RoundEntry, outer: OuterOptimizer, size: number) {
  const read = async (name: string) => {
    const kept = slots[name];
    return [name, kept ? await numbers(kept) : new Float32Array(size)] as const;
  };
  return Object.fromEntries(await Promise.all(outer.slots.map(read)));
}

/** The next weights and what is kept with them, in the stream. */
async function merge(
  cluster: Cluster,
  { weights: reference, slots: references }: RoundEntry,
  outer: OuterOptimizer,
  before: Float32Array,
  taken: ReadonlyMap<Offer, Float32Array>,
  kept: Promise<Record<string, Float32Array>>,
) {
  const learned = [...taken].filter(([{ steps }]) => steps > 0);
  const steps = learned.reduce((sum, [offer]) => sum + offer.steps, 0);
  if (steps === 0) return { entry: { weights: reference, slots: references }, made: [] };
  const mean = meanOf(learned.map(([offer, values]) => [offer.steps, values] as const));
  const { weights, slots: next } = outer.update({ before, mean, steps, slots: await kept });
  const put = async (values: Float32Array) => [await putTensor(cluster, values), values] as const;
  const [first, ...others] = await Promise.all([
    put(weights),
    ...outer.slots.map((name) => put(next[name] ?? new Float32Array(before.length))),
  ]);
  const slots = Object.fromEntries(
    outer.slots.flatMap((name, place) => (others[place] ? [[name, others[place][0]]] : [])),
  );
  return { entry: { weights: first[0], slots }, made: [first, ...others] };
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
