import { hostname } from 'node:os';
import type { JetStreamClient, JetStreamManager, MsgRequest, StreamConfig } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { invalid } from '../errors.js';
import type { Nats } from './loadNats.js';
import { isConflict, isMissing, persist } from './persist.js';
import { Window } from './Window.js';
import { within } from './within.js';

/** Milliseconds that one request may take. */
export const REQUEST = 5000;
/** A member whose sign of life is older is taken for dead, in milliseconds. */
export const MEMBER_LIFE = 10_000;

/** Milliseconds that a server has to hear that this member leaves. */
export const FAREWELL = 2000;

/** What a job keeps, each in a stream of its own. */
export type StreamKind = 'control' | 'members' | 'pieces' | 'ledger' | 'results' | 'rounds' | 'tensors';

/** Streams that any server may answer for that has them: what a subject of theirs has stays. */
const IS_DIRECT: ReadonlySet<StreamKind> = new Set(['results', 'tensors']);

/** A message that was kept. */
export interface Kept {
  readonly seq: number;
  readonly subject: string;
  readonly data: Uint8Array;
}

/** What a subject has, after something was put there. */
export interface Put {
  /** Whether it is what was put there, now or before. */
  readonly isOurs: boolean;
  /** Whether it was there before. */
  readonly wasThere: boolean;
  readonly seq: number;
  readonly data: Uint8Array;
}

/** The servers of a job, while they are connected; made by `connectCluster`. */
export class Cluster {
  /** The name of the job. */
  readonly name: string;
  /** Who this is among those that work on the job: the machine, the process, and a part that nobody else has. */
  readonly member: string;
  /** NATS's own connection. */
  readonly connection: NatsConnection;
  /** @internal */
  readonly jsm: JetStreamManager;
  /** @internal */
  readonly js: JetStreamClient;
  /** @internal */
  readonly packages: Nats;
  readonly #replicas: number;
  readonly #patience: number;
  readonly #streams = new Map<StreamKind, Promise<void>>();
  readonly #window = new Window();

  /** @internal Use `connectCluster()`. */
  constructor(
    name: string,
    replicas: number,
    patience: number,
    connection: NatsConnection,
    jsm: JetStreamManager,
    packages: Nats,
  ) {
    this.name = name;
    this.#replicas = replicas;
    this.#patience = patience;
    this.connection = connection;
    this.jsm = jsm;
    this.packages = packages;
    this.js = packages.jetstream.jetstream(connection, { timeout: REQUEST });
    const host = hostname()
      .replaceAll(/[^\w-]/g, '-')
      .slice(0, 40);
    this.member = `${host}-${process.pid}-${packages.transport.nuid.next().slice(-6)}`;
  }

  /** Leaves the servers. What is on its way is sent first, unless they are away. */
  async close(): Promise<void> {
    await within(FAREWELL, this.connection.drain());
    await this.connection.close();
  }

  /** Another job, over the same connection. */
  beside(name: string): Cluster {
    return new Cluster(checkName(name), this.#replicas, this.#patience, this.connection, this.jsm, this.packages);
  }

  /** The name of a stream of the job. @internal */
  stream(kind: StreamKind): string {
    return `babblebrook-${this.name}-${kind}`;
  }

  /** A subject of the job. @internal */
  subject(kind: StreamKind, ...tokens: readonly (string | number)[]): string {
    return ['babblebrook', this.name, kind, ...tokens].join('.');
  }

  /** Does something until it succeeds, as long as patience lasts. @internal */
  persist<T>(what: string, action: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    return persist(what, action, { patience: this.#patience, signal });
  }

  /** Makes a stream where there is none yet. @internal */
  ensure(kind: StreamKind): Promise<void> {
    const made =
      this.#streams.get(kind) ??
      this.persist(`make the stream ${kind}`, async () => {
        const name = this.stream(kind);
        const exists = await this.jsm.streams.info(name).catch((error: unknown) => {
          if (isMissing(error)) return undefined;
          throw error;
        });
        if (exists) return;
        const { StorageType, RetentionPolicy, DiscardPolicy } = this.packages.jetstream;
        await this.jsm.streams.add({
          ...{ name, subjects: [`${this.subject(kind)}.>`], num_replicas: this.#replicas },
          ...{ storage: StorageType.File, retention: RetentionPolicy.Limits, discard: DiscardPolicy.New },
          ...settingsOf(kind),
        });
      });
    this.#streams.set(kind, made);
    made.catch(() => this.#streams.delete(kind));
    return made;
  }

  /** How many messages a stream holds. @internal */
  async count(kind: StreamKind): Promise<number> {
    const info = await this.#orNothing(`count ${kind}`, () => this.jsm.streams.info(this.stream(kind)));
    return info?.state.messages ?? 0;
  }

  /**
   * Keeps a message, unless its subject has one, for ever; gives what the subject has then.
   * @internal
   */
  async putOnce(kind: StreamKind, subject: string, data: Uint8Array | string): Promise<Put> {
    return this.append(kind, subject, typeof data === 'string' ? Buffer.from(data) : data, 0);
  }

  /**
   * Keeps a message behind the one that was the last of its subject (0: none); where another one is, gives that. A message of the same
   * content that is there counts as this one, whose answer may have been lost.
   * @internal
   */
  async append(kind: StreamKind, subject: string, data: Uint8Array, lastSubjectSequence: number): Promise<Put> {
    await this.ensure(kind);
    let tries = 0;
    return this.persist(`keep ${kind}`, async () => {
      tries++;
      try {
        const { seq } = await this.js.publish(subject, data, { expect: { lastSubjectSequence } });
        return { isOurs: true, wasThere: false, seq, data };
      } catch (error) {
        if (!isConflict(error)) throw error;
        const kept = await this.next(kind, subject, lastSubjectSequence + 1);
        // It stands in the way, but cannot be read yet.
        if (!kept) throw new ConflictUnseen();
        return { ...kept, isOurs: Buffer.compare(kept.data, data) === 0, wasThere: tries === 1 };
      }
    });
  }

  /** Keeps a message in the place of those that its subject has. @internal */
  async put(kind: StreamKind, subject: string, data: Uint8Array | string): Promise<number> {
    await this.ensure(kind);
    return this.persist(`keep ${kind}`, async () => (await this.js.publish(subject, data)).seq);
  }

  /** Keeps a message that may be large, when the way is free. @internal */
  async putLarge(kind: StreamKind, subject: string, data: Uint8Array): Promise<void> {
    await this.ensure(kind);
    const send = () => this.js.publish(subject, data);
    await this.persist(`keep ${kind}`, () => this.#window.pass(send, () => data.length));
  }

  /**
   * The message of a subject that never gets another: from any server that has it, and as it is, where the others' answers are text of
   * a third more bytes.
   * @internal
   */
  async kept(kind: StreamKind, subject: string): Promise<Kept | undefined> {
    if (IS_DIRECT.has(kind))
      try {
        const get = () => this.jsm.direct.getMessage(this.stream(kind), { last_by_subj: subject });
        const found = await this.#window.pass(get, (one) => one?.data.length ?? 0);
        if (found) return { seq: found.seq, subject: found.subject, data: found.data };
      } catch {
        // The leader is asked, with patience.
      }
    return this.last(kind, subject);
  }

  /** The last message of a subject. @internal */
  last(kind: StreamKind, subject: string): Promise<Kept | undefined> {
    return this.#message(kind, { last_by_subj: subject });
  }

  /** The first message from a place on whose subject fits. @internal */
  next(kind: StreamKind, subject: string, seq: number): Promise<Kept | undefined> {
    const query: object = { next_by_subj: subject, seq };
    return this.#message(kind, query as MsgRequest);
  }

  /** All messages whose subject fits, one after the other. @internal */
  async *all(kind: StreamKind, subject = `${this.subject(kind)}.>`): AsyncGenerator<Kept> {
    for (let seq = 1; ; ) {
      const kept = await this.next(kind, subject, seq);
      if (!kept) return;
      yield kept;
      seq = kept.seq + 1;
    }
  }

  /** The last message of each subject that fits, in the order in which they came: two questions, however many there are. @internal */
  async latest(kind: StreamKind, filter: string): Promise<Kept[]> {
    const info = await this.#orNothing(`read ${kind}`, () =>
      this.jsm.streams.info(this.stream(kind), { subjects_filter: filter }),
    );
    const subjects = Object.keys(info?.state.subjects ?? {});
    const found = await Promise.all(subjects.map((subject) => this.last(kind, subject)));
    return found.filter((one) => one !== undefined).sort((a, b) => a.seq - b.seq);
  }

  /** Removes messages whose subject fits. @internal */
  async purge(kind: StreamKind, subject: string): Promise<void> {
    await this.#orNothing(`remove ${kind}`, () => this.jsm.streams.purge(this.stream(kind), { filter: subject }));
  }

  async #message(kind: StreamKind, query: MsgRequest): Promise<Kept | undefined> {
    const found = await this.#orNothing(`read ${kind}`, () => this.jsm.streams.getMessage(this.stream(kind), query));
    return found ? { seq: found.seq, subject: found.subject, data: found.data } : undefined;
  }

  #orNothing<T>(what: string, action: () => Promise<T>): Promise<T | undefined> {
    return this.persist(what, async () => {
      try {
        return await action();
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    });
  }
}

/** A message stands in the way that cannot be read yet: another try will. */
class ConflictUnseen extends Error {
  override readonly name = 'TimeoutError';
}

/** Streams whose subjects have one message each keep the newest one; the others keep all. */
function settingsOf(kind: StreamKind): Partial<StreamConfig> {
  const one = { max_msgs_per_subject: 1 };
  if (IS_DIRECT.has(kind)) return { ...one, allow_direct: true };
  // Who gives no sign of life is forgotten.
  if (kind === 'members') return { ...one, max_age: 1e6 * MEMBER_LIFE, duplicate_window: 1e6 * MEMBER_LIFE };
  return kind === 'control' ? one : {};
}

/** @throws {InvalidArgumentError} when a name cannot be one of a job, or of what it keeps. */
export function checkName(name: unknown): string {
  if (typeof name === 'string' && /^[\w-]{1,64}$/.test(name)) return name;
  throw invalid('name', 'a name of letters, digits, _ and -, at most 64', name);
}
