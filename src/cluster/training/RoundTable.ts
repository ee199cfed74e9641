import type { Subscription } from '@nats-io/transport-node';
import type { Cluster } from '../Cluster.js';
import { type MemberNote, Presence, presentMembers } from '../Presence.js';
import { closeRound } from './closeRound.js';
import { fromFloat16, toFloat16 } from './float16.js';
import type { OuterOptimizer } from './OuterOptimizer.js';
import type { Offer, RoundLog } from './RoundLog.js';
import { getTensor, putTensor, removeTensor, type TensorReference } from './tensors.js';

/** Milliseconds between two looks at a round that somebody else may close; most news comes by itself. */
const LOOK = 300;
/** Milliseconds after which others close a round that its first contributor has left open, at least. */
const STEP_IN = 2000;
/** Milliseconds that are waited for others at least, and as long as nobody knows how long a round takes. */
const LEAST_DEADLINE = 1000;
const FIRST_DEADLINE = 60_000;

/** What a member offers, before it is kept. */
interface Contribution extends Pick<Offer, 'round' | 'steps' | 'pieces'> {
  readonly weights: Float32Array;
  /** What the round began with, and when. */
  readonly before: Float32Array;
  readonly began: number;
  /** Whether the difference goes in half precision. */
  readonly float16: boolean;
}

/** Where the members of a training meet: the log of rounds, what is offered for the next one, and who is waited for. */
export class RoundTable {
  /** What all agree on. */
  readonly log: RoundLog;
  readonly #cluster: Cluster;
  readonly #outer: OuterOptimizer;
  readonly #noLedger: boolean;
  readonly #news: Subscription;
  readonly #presence: Presence;
  #hasNews = false;
  #wake = (): void => {};
  /** Numbers that this member made, by the name under which they are kept: it need not read them. */
  #made: ReadonlyMap<string, Float32Array> = new Map();

  constructor(
    cluster: Cluster,
    log: RoundLog,
    { outer, noLedger, note }: { outer: OuterOptimizer; noLedger: boolean; note: () => MemberNote },
  ) {
    this.#cluster = cluster;
    this.log = log;
    this.#outer = outer;
    this.#noLedger = noLedger;
    this.#news = cluster.connection.subscribe(cluster.subject('rounds', '>'), { callback: () => this.wake() });
    this.#presence = new Presence(cluster, note);
  }

  /** Whoever waits for news looks now. */
  wake(): void {
    this.#hasNews = true;
    this.#wake();
  }

  /** Waits for news of rounds since the last time, but no longer than that. */
  async newsOr(milliseconds = LOOK): Promise<void> {
    if (!this.#hasNews)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(() => this.#wake(), milliseconds);
        this.#wake = () => {
          clearTimeout(timer);
          this.#wake = () => {};
          resolve();
        };
      });
    this.#hasNews = false;
  }

  /** Says anew who this member is. */
  say(): void {
    void this.#presence.say();
  }

  /** Kept numbers, perhaps without reading them. */
  async numbers(reference: TensorReference): Promise<Float32Array> {
    return this.#made.get(reference.id) ?? (await getTensor(this.#cluster, reference));
  }

  /** Offers what was learned, and waits until the round is closed; whether it counts. Who comes too late does not wait. */
  async exchange({ round, steps, pieces, weights, before, began, float16 }: Contribution): Promise<boolean> {
    const cluster = this.#cluster;
    const learned = float16 ? weights.map((weight, at) => weight - (before[at] ?? 0)) : weights;
    const start = performance.now();
    const [reference] = await Promise.all([
      putTensor(cluster, learned, float16 ? 'float16' : 'float32'),
      this.log.catchUp(),
    ]);
    const offered = performance.now();
    const { id } = reference;
    if (!this.#isOver(round)) {
      const offer: Offer = { id, member: cluster.member, round, steps, pieces, weights: reference };
      await cluster.putOnce('rounds', cluster.subject('rounds', 'offer', round, id), JSON.stringify(offer));
      // What others read of half precision counts here, too.
      const own = { id, numbers: float16 ? fromFloat16(toFloat16(learned)) : weights, sending: offered - start };
      await this.#waitFor(round, own, before, began);
    }
    const isIn = this.log.entry(round + 1)?.contributions.some((one) => one.id === id) ?? false;
    if (!isIn) await removeTensor(cluster, reference);
    return isIn;
  }

  /** Hears nothing more, and says that this member is gone. */
  async leave(): Promise<void> {
    this.#news.unsubscribe();
    await this.#presence.end();
  }

  #isOver(round: number): boolean {
    return (this.log.head?.round ?? 0) > round;
  }

  /** Waits until the round is closed, or closes it. */
  async #waitFor(
    round: number,
    own: { readonly id: string; readonly numbers: Float32Array; readonly sending: number },
    before: Float32Array,
    roundBegan: number,
  ): Promise<void> {
    const log = this.log;
    const began = performance.now();
    let full: number | undefined;
    for (;;) {
      this.#hasNews = false;
      const [offers, members] = await Promise.all([
        this.#offers(round),
        presentMembers(this.#cluster),
        this.log.catchUp(),
      ]);
      if (this.#isOver(round)) return;
      const now = performance.now();
      const deadline = log.lately === undefined ? FIRST_DEADLINE : Math.max(LEAST_DEADLINE, 1000 * log.lately);
      if (now - began > deadline || haveAllOffered(round, offers, members)) full ??= now;
      else full = undefined;
      // The one that came first closes it; where it does not, any other may: the log takes one. It gets what the others offer, and sends about twice as much as this one did.
      const stepIn = Math.max(STEP_IN, 1.5 * (offers.length + 2) * own.sending);
      if (full !== undefined && (offers[0]?.id === own.id || now - full > stepIn)) {
        const made = await closeRound({
          ...{ cluster: this.#cluster, log, outer: this.#outer, before, offers, noLedger: this.#noLedger },
          known: new Map([...this.#made, [own.id, own.numbers]]),
          seconds: (now - roundBegan) / 1000,
        });
        if (made) this.#made = made;
        if (this.#isOver(round)) return;
        continue;
      }
      await this.newsOr();
    }
  }

  /** What is offered for a round, in the order in which it came. */
  async #offers(round: number): Promise<Offer[]> {
    const kept = await this.#cluster.latest('rounds', this.#cluster.subject('rounds', 'offer', round, '*'));
    return kept.map(({ data }) => JSON.parse(Buffer.from(data).toString()));
  }
}

/** Whether all members that learn for a round have offered what they learned. */
function haveAllOffered(round: number, offers: readonly Offer[], members: ReadonlyMap<string, MemberNote>): boolean {
  const offered = new Set(offers.map(({ member }) => member));
  return [...members].every(([member, note]) => note.task !== 'train' || note.round !== round || offered.has(member));
}
