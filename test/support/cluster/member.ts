import { connectCluster } from '../../../src/cluster.js';
import { CountingMember, trainFaultily } from './fakeTraining.js';

// Trains until two epochs are learned; a test kills it, and reads its weights at the end.
const [, , url = '', mode = 'exact', size = '1000'] = process.argv;

const cluster = await connectCluster({ url: url.split(','), name: 'test', patience: 60 });
process.stdout.write('ready\n');
const faults = { noLedger: mode === 'noLedger', earlyAck: mode === 'earlyAck' };
const member = new CountingMember(cluster, { every: 4, pause: 25, faults, size: Number(size) });
await trainFaultily(member, mode);
process.stdout.write(`${JSON.stringify([...member.weights.subarray(0, 1000)])}\n`);
