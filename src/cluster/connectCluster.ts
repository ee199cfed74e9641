import type { NatsConnection, NodeConnectionOptions } from '@nats-io/transport-node';
import { ClusterError, checkNumber, checkOneOf, InvalidArgumentError, invalid } from '../errors.js';
import { Cluster, checkName, REQUEST } from './Cluster.js';
import { loadNats } from './loadNats.js';
import { persist, reasonOf } from './persist.js';

/** The oldest server that keeps what was acknowledged when it is killed. */
const OLDEST = [2, 10, 23] as const;
/** Milliseconds that the first answer is waited for: a server may just be starting. */
const FIRST_PATIENCE = 10_000;

/** Options of `connectCluster`. */
export interface ClusterOptions {
  /** Where the servers are: `nats://host:4222`, one or several. */
  readonly url: string | readonly string[];
  /** The name of the job: letters, digits, `_` and `-`, at most 64. Default `'babblebrook'`. */
  readonly name?: string | undefined;
  /** How many servers keep each stream, where this is the first that asks for it: 1, 3 or 5. Default 1. */
  readonly replicas?: number | undefined;
  /** Seconds that servers may be away, or full, before work is given up; at the beginning, ten at most. Default 300. */
  readonly patience?: number | undefined;
  /** Options of NATS's own, such as `tls`, `authenticator`, `token`. Default: none. */
  readonly nats?: Omit<NodeConnectionOptions, 'servers' | 'name'> | undefined;
}

/**
 * Connects to the servers of a job.
 *
 *     const cluster = await connectCluster({ url: 'nats://127.0.0.1:4222', name: 'speech' });
 *     await cluster.close();
 *
 * @throws {InvalidArgumentError} when an option cannot be used.
 * @throws {MissingPackageError} when NATS's packages are not installed.
 * @throws {ClusterError} when no server answers, it refuses us, has no JetStream, or is older than 2.10.23.
 */
export async function connectCluster({
  url,
  name = 'babblebrook',
  replicas = 1,
  patience = 300,
  nats = {},
}: ClusterOptions): Promise<Cluster> {
  const urls = (typeof url === 'string' ? [url] : Array.isArray(url) ? url : []).map((one) => serverOf(one));
  if (urls.length === 0) throw invalid('url', "the URL of a server, such as 'nats://127.0.0.1:4222'", url);
  checkName(name);
  checkOneOf('replicas', replicas, [1, 3, 5]);
  checkNumber('patience', patience, { above: 0 });
  if (typeof nats !== 'object' || nats === null) throw invalid('nats', 'an object', nats);
  const packages = await loadNats();
  const servers = urls.map(({ server }) => server);
  const login = urls.find(({ user }) => user !== undefined);
  let connection: NatsConnection;
  try {
    const connect = () =>
      packages.transport.connect({
        ...{ maxReconnectAttempts: -1, reconnectTimeWait: 250, pingInterval: 5000, timeout: REQUEST },
        ...(login && { user: login.user, pass: login.pass }),
        ...nats,
        ...{ servers, name: `babblebrook ${name}` },
      });
    connection = await persist('be reached', connect, { patience: Math.min(1000 * patience, FIRST_PATIENCE) });
  } catch (error) {
    const reason = reasonOf((error instanceof ClusterError && error.cause) || error);
    throw new ClusterError(`Expected a NATS server at ${servers.join(', ')}, got none: ${reason}`, {
      ...{ cause: error, options: ['url'] },
    });
  }
  try {
    checkVersion(connection.info?.version ?? '');
    const wait = { patience: 1000 * patience };
    const manager = () => packages.jetstream.jetstreamManager(connection, { timeout: REQUEST });
    // Where servers have just started, none leads yet.
    const jsm = await persist('manage streams (nats-server -js)', manager, {
      patience: Math.min(wait.patience, 20_000),
    });
    return new Cluster(name, replicas, wait.patience, connection, jsm, packages);
  } catch (error) {
    await connection.close();
    throw error;
  }
}

/** @throws {ClusterError} when a server is older than 2.10.23, which may deliver again what was acknowledged. */
export function checkVersion(version: string): void {
  const numbers = (/^(\d+)\.(\d+)\.(\d+)/.exec(version) ?? []).slice(1).map(Number);
  const difference = OLDEST.map((least, place) => (numbers[place] ?? -1) - least).find((one) => one !== 0) ?? 0;
  if (difference < 0)
    throw new ClusterError(
      `Expected a NATS server of at least ${OLDEST.join('.')}, got ${version || 'an unknown one'}`,
    );
}

/** A server's URL without what is secret in it, and that. */
function serverOf(url: unknown): { server: string; user?: string; pass?: string } {
  const text = typeof url === 'string' ? (/^\w+:\/\//.test(url) ? url : `nats://${url}`) : '';
  if (!/^(nats|tls):\/\/./i.test(text) || !URL.canParse(text))
    throw new InvalidArgumentError(
      // Not the value, which may hold a password.
      "Expected url to be that of a NATS server, such as 'nats://127.0.0.1:4222', got something else",
      { options: ['url'] },
    );
  const { protocol, host, username, password } = new URL(text);
  const server = `${protocol}//${host}`;
  if (username === '') return { server };
  return { server, user: decodeURIComponent(username), pass: decodeURIComponent(password) };
}
