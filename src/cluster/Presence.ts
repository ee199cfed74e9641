import { type Cluster, FAREWELL, MEMBER_LIFE } from './Cluster.js';
import { within } from './within.js';

/** What a member says of itself. */
export interface MemberNote {
  /** What it does. */
  readonly task: 'work' | 'train';
  /** Pieces that it holds. */
  readonly open: number;
  /** The round that it learns for; of work, none. */
  readonly round?: number | undefined;
}

/** Says again and again that this member is there, until `end()`. Who says nothing for ten seconds is taken for dead. */
export class Presence {
  readonly #cluster: Cluster;
  readonly #note: () => MemberNote;
  readonly #timer: NodeJS.Timeout;
  #isSaying = false;
  #isStale = false;

  constructor(cluster: Cluster, note: () => MemberNote) {
    this.#cluster = cluster;
    this.#note = note;
    this.#timer = setInterval(() => void this.say(), MEMBER_LIFE / 4);
    this.#timer.unref();
    void this.say();
  }

  /** Says it now. What does not arrive is said again soon. */
  async say(): Promise<void> {
    this.#isStale = true;
    // Where servers are away, one is tried again and again; more would be the same.
    if (this.#isSaying) return;
    this.#isSaying = true;
    try {
      // What came while it was on its way is said, too.
      while (this.#isStale) {
        this.#isStale = false;
        await this.#cluster.put('members', subjectOf(this.#cluster), JSON.stringify(this.#note()));
      }
    } catch {
      // A server that is away hears the next one.
    } finally {
      this.#isSaying = false;
    }
  }

  /** Says that the member is gone. */
  async end(): Promise<void> {
    clearInterval(this.#timer);
    // Where that is not heard, it is forgotten in time.
    await within(FAREWELL, this.#cluster.purge('members', subjectOf(this.#cluster)));
  }
}

/** Who is there, by name. */
export async function presentMembers(cluster: Cluster): Promise<Map<string, MemberNote>> {
  const found = new Map<string, MemberNote>();
  for (const { subject, data } of await cluster.latest('members', cluster.subject('members', '*')))
    found.set(subject.split('.').at(-1) ?? '', JSON.parse(Buffer.from(data).toString()));
  return found;
}

function subjectOf(cluster: Cluster): string {
  return cluster.subject('members', cluster.member);
}
