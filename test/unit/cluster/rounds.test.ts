import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { type Cluster, connectCluster, shardFiles } from '../../../src/cluster.js';
import { InvalidArgumentError } from '../../../src/errors.js';
import { clusterJob } from '../../support/cluster/clusterJob.js';
import { BATCHES, CountingMember } from '../../support/cluster/fakeTraining.js';
import { type NatsServer, natsTest } from '../../support/cluster/natsServer.js';
import { temporaryDirectory } from '../../support/temporaryFiles.js';

const PIECES = 12;

/** A job of a dozen small pieces. */
async function job(t: ExecutionContext, lease = 5): Promise<{ server: NatsServer; cluster: Cluster }> {
  const made = await clusterJob(t);
  const path = join(await temporaryDirectory(t), 'a.txt');
  await writeFile(path, 'Some text.\n\n'.repeat(PIECES));
  await shardFiles(made.cluster, path, { bytes: 12, lease });
  return made;
}

const connect = (server: NatsServer) => connectCluster({ url: server.url, name: 'test', patience: 30 });

/** What the weights are when each batch of each piece counts once an epoch. */
const exact = (epochs: number) =>
  Array.from({ length: 1000 }, (_, at) => (at >= 1 && at <= PIECES ? BATCHES * epochs : 0));

natsTest()(
  'a member alone: each batch of two epochs counts once, in rounds of five steps and what is left',
  async (t) => {
    const { server } = await job(t);
    const member = new CountingMember(await connect(server));
    await member.train(2);
    t.deepEqual([...member.weights], exact(2));
    // 36 steps an epoch: 7 rounds of 5, and one of 1.
    t.is(member.rounds.place.round, 16);
  },
);

natsTest()('three members: each batch counts once, and all have the same weights', async (t) => {
  const { server } = await job(t);
  const members = await Promise.all(
    [5, 3, 8].map(async (every) => new CountingMember(await connect(server), { every, pause: 20 })),
  );
  await Promise.all(members.map((member) => member.train(2)));
  for (const { weights } of members) t.deepEqual([...weights], exact(2));
  t.is(new Set(members.map(({ rounds }) => rounds.place.round)).size, 1);
});

natsTest()('one lease at a time does not stall a training', async (t) => {
  const { server } = await job(t);
  const members = await Promise.all(
    [1, 2].map(async () => new CountingMember(await connect(server), { every: 50, open: 1 })),
  );
  await Promise.all(members.map((member) => member.train(1)));
  for (const { weights } of members) t.deepEqual([...weights], exact(1));
});

natsTest()(
  'one that joins later begins with the newest weights; one that joins when all is over has them, too',
  async (t) => {
    const { server } = await job(t);
    const first = new CountingMember(await connect(server), { pause: 30 });
    const second = new CountingMember(await connect(server), { pause: 30 });
    let joined: Promise<void> | undefined;
    await first.train(2, () => {
      if (first.rounds.place.round >= 2) joined ??= second.train(2);
    });
    await joined;
    t.deepEqual([...first.weights], exact(2));
    t.deepEqual([...second.weights], exact(2));
    const late = new CountingMember(await connect(server));
    await late.train(2);
    t.deepEqual([...late.weights], exact(2));
  },
);

natsTest()('a member that stops gives what it has learned to the others, and the rest of its pieces', async (t) => {
  const { server } = await job(t);
  const first = new CountingMember(await connect(server), { every: 4, pause: 20 });
  const second = new CountingMember(await connect(server), { every: 50 });
  await second.rounds.begin({ weights: () => ({ all: { shape: [1000], values: second.weights } }), assign: () => {} });
  await second.rounds.end(true);
  await first.train(1);
  t.deepEqual([...first.weights], exact(1));
});

natsTest()('members with another model or another outer step are refused', async (t) => {
  const { server } = await job(t);
  const first = new CountingMember(await connect(server));
  await first.train(1);
  const other = new CountingMember(await connect(server), {
    outer: { settings: { name: 'other' }, slots: [], update: ({ mean }) => ({ weights: mean, slots: {} }) },
  });
  await t.throwsAsync(other.train(1), { instanceOf: InvalidArgumentError, message: /outer/ });
  await other.rounds.end(true);
});
