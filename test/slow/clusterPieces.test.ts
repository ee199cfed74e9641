import test from 'ava';
import { clusterJob } from '../support/cluster/clusterJob.js';
import { natsTest } from '../support/cluster/natsTest.js';
import { pieceScenario } from '../support/cluster/pieceScenario.js';
import { freshSeed } from '../support/cluster/seededRandom.js';

const serial = natsTest(test.serial);

serial(
  'workers and the server are killed, one hangs: each piece is in the output once, and the text is that of one machine',
  async (t) => {
    const seed = freshSeed();
    t.log(`BABBLEBROOK_TESTS_SEED=${seed}`);
    const { server, cluster } = await clusterJob(t);
    const report = await pieceScenario(cluster, [server], { seed, harm: { workers: 4, servers: 1, zombies: 1 } });
    t.log(report);
    t.like(report, { lost: 0, doubled: 0, isExact: true });
    t.true(report.kills + report.serverKills > 0);
  },
);

serial('negative control: without the ledger, results are there twice', async (t) => {
  const seed = freshSeed();
  t.log(`BABBLEBROOK_TESTS_SEED=${seed}`);
  const { server, cluster } = await clusterJob(t);
  const report = await pieceScenario(cluster, [server], { seed, harm: { workers: 2 }, mode: 'noLedger' });
  t.log(report);
  t.true(report.doubled > 0);
});

serial('negative control: where pieces are done before their results are kept, results are lost', async (t) => {
  const seed = freshSeed();
  t.log(`BABBLEBROOK_TESTS_SEED=${seed}`);
  const { server, cluster } = await clusterJob(t);
  const report = await pieceScenario(cluster, [server], { seed, harm: { workers: 2 }, mode: 'earlyAck' });
  t.log(report);
  t.true(report.lost > 0);
});
