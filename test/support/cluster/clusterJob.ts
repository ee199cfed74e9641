import type { ExecutionContext } from 'ava';
import { type Cluster, connectCluster } from '../../../src/cluster.js';
import { type NatsServer, startNats } from './natsServer.js';

/** A server and a job on it, both gone when the test is over. */
export async function clusterJob(
  t: ExecutionContext,
  { name = 'test', config = '' }: { name?: string; config?: string } = {},
): Promise<{ server: NatsServer; cluster: Cluster }> {
  const server = await startNats({ config });
  const cluster = await connectCluster({ url: server.url, name, patience: 30 });
  t.teardown(async () => {
    await cluster.close();
    await server.remove();
  });
  return { server, cluster };
}
