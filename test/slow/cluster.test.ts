import test from 'ava';
import { natsTest } from '../support/cluster/natsTest.js';
import { checkReport, SCENARIOS } from '../support/cluster/scenarios.js';
import { testSeed } from '../support/testSeed.js';
import { testWith } from '../support/testWith.js';

for (const [name, { isPossible, run }] of Object.entries(SCENARIOS))
  for (const time of [1, 2])
    (isPossible ? natsTest(test.serial) : testWith('mounts', false, test.serial))(
      `${name}: each piece counts once, time ${time}`,
      async (t) => {
        const seed = testSeed();
        t.log(`BABBLEBROOK_TESTS_SEED=${seed}`);
        const report = await run(seed + time);
        t.log(JSON.stringify(report));
        t.notThrows(() => checkReport(report));
      },
    );
