import type { Cluster } from './Cluster.js';

/** The consumer that workers share. */
export const WORK = 'work';

/** Makes a consumer of the pieces where there is none yet: whoever shares it gets other pieces than the others, each under a lease. */
export async function ensureConsumer(cluster: Cluster, name: string, lease: number): Promise<void> {
  await cluster.ensure('pieces');
  const { AckPolicy, DeliverPolicy } = cluster.packages.jetstream;
  await cluster.persist('keep leases', async () => {
    await cluster.jsm.consumers.add(cluster.stream('pieces'), {
      ...{ durable_name: name, ack_policy: AckPolicy.Explicit, deliver_policy: DeliverPolicy.All },
      // How often a piece may be tried is counted here, with its error; how many are open is each worker's affair.
      ...{ ack_wait: lease * 1e9, max_deliver: -1, max_ack_pending: -1 },
    });
  });
}
