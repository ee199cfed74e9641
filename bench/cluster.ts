import { convergence } from './cluster/convergence.js';
import { cost } from './cluster/cost.js';
import { pieces } from './cluster/pieces.js';

// What does a cluster cost, and what does a model learn in one? The first two start a NATS server of their own.
//   npm run bench:cluster -- cost         bytes and seconds of a round, through networks that delay and limit
//   npm run bench:cluster -- pieces       a worker's speed over leases, by a file's
//   npm run bench:cluster -- convergence  what a model learns in rounds, by what it learns alone
const BENCHES = { cost, pieces, convergence };

const [name = '', ...flags] = process.argv.slice(2);
const bench = Object.entries(BENCHES).find(([one]) => one === name)?.[1];
if (!bench) throw new Error(`Expected one of ${Object.keys(BENCHES).join(', ')}, got ${name || 'none'}`);
await bench(flags);
process.exit();
