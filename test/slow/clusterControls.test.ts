import test from 'ava';
import { clusterJob } from '../support/cluster/clusterJob.js';
import { natsTest } from '../support/cluster/natsTest.js';
import { pieceScenario } from '../support/cluster/pieceScenario.js';
import { trainingScenario } from '../support/cluster/trainingScenario.js';
import { testSeed } from '../support/testSeed.js';

// Negative controls: without what holds a promise, the scenarios find that it is broken.

for (const [title, mode, found, run] of [
  ['pieces, without the ledger: results are there twice', 'noLedger', 'doubled', pieces],
  ['pieces that are done before their results are kept: results are lost', 'earlyAck', 'lost', pieces],
  ['a training in which nobody looks what the log has: batches count twice', 'noLedger', 'doubled', training],
  ['pieces that are done before their round is in the log: batches are lost', 'earlyAck', 'lost', training],
] as const)
  for (const time of [1, 2])
    natsTest(test.serial)(`negative control: ${title}, time ${time}`, async (t) => {
      const seed = testSeed();
      t.log(`BABBLEBROOK_TESTS_SEED=${seed}`);
      const { server, cluster } = await clusterJob(t);
      const report = await run(cluster, [server], seed + time, mode);
      t.log(JSON.stringify(report));
      t.true(report[found] > 0);
    });

type Scenario = Parameters<typeof pieceScenario>;

function pieces(cluster: Scenario[0], servers: Scenario[1], seed: number, mode: string) {
  return pieceScenario(cluster, servers, { seed, harm: { workers: 2 }, mode });
}

function training(cluster: Scenario[0], servers: Scenario[1], seed: number, mode: string) {
  // Those who were given a piece twice learn from it twice; the epoch is over too early, or never.
  const harm = mode === 'noLedger' ? { workers: 2, zombies: 2 } : { workers: 3 };
  return trainingScenario(cluster, servers, { seed, harm, mode, within: 20_000 });
}
