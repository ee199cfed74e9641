import { parseArgs } from 'node:util';
import { natsServerPath } from '../scripts/cli/natsServer.js';
import { checkReport, SCENARIOS } from '../test/support/cluster/scenarios.js';
import { printTable } from './table.js';

// Is each piece there once, whatever is killed? `npm run soak:cluster -- --runs 20 [--seed 1] [--only training]`: every scenario
// of test/slow/cluster.test.ts, so many times with fresh seeds. It fails where one of them fails, and says with which seed.
const { values } = parseArgs({
  options: { runs: { type: 'string', default: '20' }, seed: { type: 'string' }, only: { type: 'string', default: '' } },
});
const runs = Number(values.runs);
const first = values.seed === undefined ? Math.floor(Math.random() * 2 ** 30) : Number(values.seed);
if (natsServerPath() === undefined) throw new Error('Expected nats-server: npm run nats installs it');

const rows: string[][] = [];
for (const [name, { isPossible, run }] of Object.entries(SCENARIOS)) {
  if (!isPossible || !name.includes(values.only)) continue;
  const sums = { runs: 0, failed: 0, kills: 0, serverKills: 0, zombies: 0, lost: 0, doubled: 0 };
  for (let seed = first; seed < first + runs; seed++) {
    sums.runs++;
    try {
      const report = await run(seed);
      for (const key of ['kills', 'serverKills', 'zombies', 'lost', 'doubled'] as const) sums[key] += report[key];
      checkReport(report);
    } catch (error) {
      sums.failed++;
      process.exitCode = 1;
      console.error(`${name}, seed ${seed}: ${error instanceof Error ? error.message : error}`);
    }
  }
  rows.push([name, ...Object.values(sums).map(String)]);
  console.error(rows.at(-1)?.join(' | '));
}
printTable(['scenario', 'runs', 'failed', 'workers killed', 'servers killed', 'zombies', 'lost', 'doubled'], rows);
