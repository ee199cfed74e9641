import { setTimeout } from 'node:timers/promises';
import { ChunkWriter } from '../../../src/cluster/ChunkWriter.js';
import type { Lease } from '../../../src/cluster/Lease.js';
import type { Piece } from '../../../src/cluster/Piece.js';
import {
  type Cluster,
  connectCluster,
  fromJetStream,
  mapLeases,
  shardFiles,
  toJetStream,
} from '../../../src/cluster.js';
import { pipeline } from '../../../src/pipeline/pipeline.js';
import { readText } from '../../../src/pipeline/readText.js';
import { splitSentences } from '../../../src/pipeline/splitSentences.js';

// Works on a job until it is done; a test kills it. How it works:
//   exact     as users do
//   noLedger  results count without anybody looking whether they are there: a negative control
//   earlyAck  pieces are done before their results are kept: another one
//   disorder  as users do, but for leases that are given back, or forgotten for longer than they last
//   shard     cuts the text
const [, , url = '', mode = 'exact', path = ''] = process.argv;

const cluster = await connectCluster({ url: url.split(','), name: 'test', patience: 60 });
process.stdout.write('ready\n');
if (mode === 'shard') await shardFiles(cluster, path, { bytes: 20_000, lease: 2 });
else if (mode === 'exact' || mode === 'disorder') await workExactly(cluster);
else for await (const lease of fromJetStream(cluster)) await workWrongly(cluster, lease);
process.stdout.write('done\n');
await cluster.close();

async function workExactly(cluster: Cluster): Promise<void> {
  const project = mapLeases((piece: Piece) => slowly(piece));
  const leases = mode === 'disorder' ? inDisorder(fromJetStream(cluster)) : fromJetStream(cluster);
  for await (const { outcome } of toJetStream<string>(cluster)(project(leases))) process.stdout.write(`${outcome}\n`);
}

async function workWrongly(cluster: Cluster, lease: Lease<Piece>): Promise<void> {
  const piece = lease.value;
  const attempt = mode === 'noLedger' ? cluster.packages.transport.nuid.next() : 'only';
  // As the ledger is what tells that a job is over, this enters what it does not heed.
  const enter = () =>
    cluster.put('ledger', cluster.subject('ledger', piece.id), JSON.stringify({ outcome: 'done', attempt, items: 0 }));
  if (mode === 'earlyAck') {
    await enter();
    await lease.done();
  }
  const writer = new ChunkWriter(cluster, 'results', cluster.subject('results', piece.id, attempt, 0));
  for await (const sentence of slowly(piece)) await writer.write(Buffer.from(`${JSON.stringify(sentence)}\n`));
  await writer.end();
  if (mode === 'noLedger') {
    // Results are kept, and nobody has heard of it.
    dieSometimes();
    await enter();
  }
  await lease.done();
}

/** Some leases are given back, to come later; before some, this process hangs, so that those it has go to others, too. */
async function* inDisorder(leases: AsyncIterable<Lease<Piece>>): AsyncGenerator<Lease<Piece>> {
  for await (const lease of leases) {
    const draw = Math.random();
    if (draw < 0.2) lease.retry(1000 * draw);
    else {
      if (draw > 0.95) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2500);
      yield lease;
    }
  }
}

/** As if it were much work, which a kill may come into. */
async function* slowly(piece: Piece): AsyncGenerator<string> {
  yield* pipeline(readText(piece), splitSentences());
  await setTimeout(100);
  // The work is done, and its results are not kept.
  dieSometimes();
}

/** As if somebody killed this process at the worst of moments. */
function dieSometimes(): void {
  if (Math.random() < 0.08) process.kill(process.pid, 'SIGKILL');
}
