import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type Cluster, connectCluster } from '../../../src/cluster.js';
import type { HarmReport } from './HarmReport.js';
import { type NatsServer, startNats, startThree } from './natsServer.js';
import { pieceScenario } from './pieceScenario.js';
import { drawsOf } from './seededRandom.js';
import { canMount, SmallDisk } from './smallDisk.js';
import { TestNetwork } from './TestNetwork.js';
import { trainingScenario } from './trainingScenario.js';

/** A job, what is done to it at random moments that a seed says, and what came of it. */
export interface Scenario {
  readonly isPossible: boolean;
  run(seed: number): Promise<HarmReport>;
}

/** Longer than a lease of two seconds. */
const LONGER_THAN_A_LEASE = 3500;

/** Everything that is done to a job, by name. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'pieces: workers and the server killed, a zombie': possible((seed) =>
    onOne((cluster, server) =>
      pieceScenario(cluster, [server], { seed, harm: { workers: 4, servers: 2, zombies: 1 } }),
    ),
  ),
  'pieces: one of three servers killed': possible((seed) =>
    onThree((cluster, servers) => pieceScenario(cluster, servers, { seed, harm: { workers: 2, servers: 2 } })),
  ),
  'pieces: the network cut for longer than a lease': possible((seed) =>
    onOne((cluster, server) =>
      withCut(server, seed, (url) => pieceScenario(cluster, [server], { seed, harm: {}, url })),
    ),
  ),
  'pieces: delivered twice and in another order': possible((seed) =>
    onOne((cluster, server) => pieceScenario(cluster, [server], { seed, harm: { workers: 1 }, mode: 'disorder' })),
  ),
  'pieces: the disk of the server full': { isPossible: canMount, run: fullDisk },
  'training: members and the server killed, a zombie': possible((seed) =>
    onOne((cluster, server) =>
      trainingScenario(cluster, [server], { seed, harm: { workers: 4, servers: 2, zombies: 1 } }),
    ),
  ),
  'training: one of three servers killed': possible((seed) =>
    onThree((cluster, servers) => trainingScenario(cluster, servers, { seed, harm: { workers: 2, servers: 2 } })),
  ),
  'training: the network cut for longer than a lease': possible((seed) =>
    onOne((cluster, server) =>
      withCut(server, seed, (url) => trainingScenario(cluster, [server], { seed, harm: {}, url })),
    ),
  ),
  'training: slow consumers, whom the server leaves behind': possible((seed) =>
    onOne(
      (cluster, server) =>
        withSlowConsumers(server, seed, (url) =>
          trainingScenario(cluster, [server], { seed, harm: {}, url, size: 400_000 }),
        ),
      'max_pending: 1MB\nwrite_deadline: "250ms"',
    ),
  ),
};

/** Throws where something was lost, is there twice, or is not what one machine makes. */
export function checkReport(report: HarmReport): void {
  const { lost, doubled, isExact } = report;
  if (lost === 0 && doubled === 0 && isExact) return;
  throw new Error(`Expected each piece once, got ${JSON.stringify(report)}`);
}

function possible(run: Scenario['run']): Scenario {
  return { isPossible: true, run };
}

async function onOne<T>(run: (cluster: Cluster, server: NatsServer) => Promise<T>, config = ''): Promise<T> {
  const server = await startNats({ config });
  return onServers([server], 1, (cluster) => run(cluster, server));
}

async function onThree<T>(run: (cluster: Cluster, servers: readonly NatsServer[]) => Promise<T>): Promise<T> {
  const servers = await startThree();
  return onServers(servers, 3, (cluster) => run(cluster, servers));
}

async function onServers<T>(
  servers: readonly NatsServer[],
  replicas: number,
  run: (cluster: Cluster) => Promise<T>,
): Promise<T> {
  try {
    const url = servers.map((server) => server.url);
    const cluster = await connectCluster({ url, name: 'test', replicas, patience: 60 });
    try {
      return await run(cluster);
    } finally {
      await cluster.close();
    }
  } finally {
    await Promise.all(servers.map((server) => server.remove()));
  }
}

/** Runs with a network between the crew and the server that is cut twice, for longer than a lease. */
async function withCut<T>(server: NatsServer, seed: number, run: (url: string) => Promise<T>): Promise<T> {
  return withNetwork(
    server,
    run,
    async (proxy, draw) => {
      for (let cut = 0; cut < 2; cut++) {
        await setTimeout(2000 + 1500 * draw());
        proxy.stop();
        await setTimeout(LONGER_THAN_A_LEASE);
        proxy.start();
      }
    },
    seed,
  );
}

/** Runs with a network that is slow again and again, until the server has given up a client that did not read fast enough. */
async function withSlowConsumers<T>(server: NatsServer, seed: number, run: (url: string) => Promise<T>): Promise<T> {
  const isSlow = () => server.hasLogged('Slow Consumer');
  const result = await withNetwork(
    server,
    run,
    async (proxy, draw) => {
      for (let times = 0; times < 8 && !isSlow(); times++) {
        await setTimeout(1000 + 500 * draw());
        proxy.become({ bandwidth: 2e6, room: 2 ** 16 });
        await setTimeout(1500);
        proxy.become({});
      }
    },
    seed,
  );
  if (!isSlow()) throw new Error('Expected a slow consumer, got none: this scenario has shown nothing');
  return result;
}

async function withNetwork<T>(
  server: NatsServer,
  run: (url: string) => Promise<T>,
  harm: (proxy: TestNetwork, draw: () => number) => Promise<void>,
  seed: number,
): Promise<T> {
  const proxy = await TestNetwork.to(server.port);
  try {
    const [result] = await Promise.all([run(proxy.url), harm(proxy, drawsOf(seed))]);
    return result;
  } finally {
    proxy.close();
  }
}

/** The disk is full for some seconds; then there is room, and the server, which may have given up its streams, is started again. */
async function fullDisk(seed: number): Promise<HarmReport> {
  const directory = mkdtempSync(join(tmpdir(), 'babblebrook-nats-'));
  mkdirSync(directory, { recursive: true });
  const disk = await SmallDisk.at(directory, 24);
  try {
    const server = await startNats({ directory, launcher: disk.launcher });
    return await onServers([server], 1, async (cluster) => {
      const draw = drawsOf(seed);
      const harm = async (): Promise<void> => {
        await setTimeout(1500 + 1500 * draw());
        disk.fill();
        await setTimeout(2000);
        disk.free();
        await server.kill('SIGTERM');
        await server.start();
      };
      const [report] = await Promise.all([pieceScenario(cluster, [server], { seed, harm: {} }), harm()]);
      return report;
    });
  } finally {
    disk.remove();
    rmSync(directory, { recursive: true, force: true });
  }
}
