import test from 'ava';
import { clusterJob } from '../support/cluster/clusterJob.js';
import { natsTest } from '../support/cluster/natsTest.js';
import { freshSeed } from '../support/cluster/seededRandom.js';
import { trainingScenario } from '../support/cluster/trainingScenario.js';

const serial = natsTest(test.serial);

serial(
  'members and the server are killed, one hangs: each batch counts once, and all members end with the same weights',
  async (t) => {
    const seed = freshSeed();
    t.log(`BABBLEBROOK_TESTS_SEED=${seed}`);
    const { server, cluster } = await clusterJob(t);
    const report = await trainingScenario(cluster, [server], { seed, harm: { workers: 3, servers: 1, zombies: 1 } });
    t.log(report);
    t.like(report, { lost: 0, doubled: 0, isExact: true });
  },
);

serial('negative control: where nobody looks what the log has, batches count twice', async (t) => {
  const { server, cluster } = await clusterJob(t);
  // Those who were given a piece twice learn from it twice; the epoch is over too early, or never.
  const options = { seed: freshSeed(), harm: { workers: 2, zombies: 2 }, mode: 'noLedger', within: 40_000 };
  const report = await trainingScenario(cluster, [server], options);
  t.log(report);
  t.true(report.doubled > 0);
});

serial(
  'negative control: where pieces are acknowledged before their round is in the log, batches are lost',
  async (t) => {
    const { server, cluster } = await clusterJob(t);
    const options = { seed: freshSeed(), harm: { workers: 3 }, mode: 'earlyAck', within: 40_000 };
    const report = await trainingScenario(cluster, [server], options);
    t.log(report);
    t.true(report.lost > 0);
  },
);
