import { cost } from './cluster/cost.js';
import { pieces } from './cluster/pieces.js';

// What does a cluster cost? Each starts a NATS server of its own.
//   npm run bench:cluster -- cost     bytes and seconds of a round, through networks that delay and limit
//   npm run bench:cluster -- pieces   a worker's speed over leases, by a file's
const BENCHES = { cost, pieces };

const [name = '', ...flags] = process.argv.slice(2);
const bench = Object.entries(BENCHES).find(([one]) => one === name)?.[1];
if (!bench) throw new Error(`Expected one of ${Object.keys(BENCHES).join(', ')}, got ${name || 'none'}`);
await bench(flags);
process.exit();
