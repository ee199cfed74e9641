import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { RoundEntry } from '../../../src/cluster/training/RoundLog.js';
import { type Cluster, shardFiles } from '../../../src/cluster.js';
import { Crew } from './Crew.js';
import { BATCHES, EPOCHS } from './fakeTraining.js';
import type { HarmReport } from './HarmReport.js';
import { doHarm, type Harm } from './harm.js';
import type { NatsServer } from './natsServer.js';
import { drawsOf } from './seededRandom.js';

const PIECES = 24;

/** How a training went. */
export interface TrainingReport extends HarmReport {
  readonly rounds: number;
}

/** Three members that count what they learn from, to which harm is done; then the log and the weights are held against what they should be. */
export async function trainingScenario(
  cluster: Cluster,
  servers: readonly NatsServer[],
  { seed, harm, mode = 'exact', url, within = Infinity, size = 1000 }: ScenarioOptions,
): Promise<TrainingReport> {
  const directory = await mkdtemp(join(tmpdir(), 'babblebrook-training-'));
  const path = join(directory, 'text.txt');
  await writeFile(path, 'Some text.\n\n'.repeat(PIECES));
  await shardFiles(cluster, path, { bytes: 12, lease: 2 });
  const place = url ?? servers.map((server) => server.url).join(',');
  const crew = new Crew('test/support/cluster/member.ts', [place, mode, `${size}`], 3);
  try {
    const harmed = await doHarm(crew, servers, harm, drawsOf(seed));
    // What is lost is waited for without end.
    await Promise.race([crew.done(), ...(Number.isFinite(within) ? [setTimeout(within)] : [])]);
    return { ...(await count(cluster, crew.outputs)), kills: crew.kills, ...harmed };
  } finally {
    await crew.close();
    await rm(directory, { recursive: true });
  }
}

/** Options of a scenario. */
export interface ScenarioOptions {
  readonly seed: number;
  readonly harm: Harm;
  readonly mode?: string;
  /** Where the crew finds the servers. Default: there. */
  readonly url?: string;
  /** Numbers of the model; at least a thousand, which tell what was learned. */
  readonly size?: number;
  /** Milliseconds that are waited for the crew. */
  readonly within?: number;
}

async function count(cluster: Cluster, outputs: readonly string[]) {
  /** How often the log has each batch. */
  const times = new Map<string, number>();
  let rounds = 0;
  for await (const { data } of cluster.all('rounds', cluster.subject('rounds', 'log'))) {
    const { round, contributions }: RoundEntry = JSON.parse(Buffer.from(data).toString());
    rounds = round;
    for (const { pieces } of contributions)
      for (const { epoch, piece, from, to } of pieces)
        for (let batch = from; batch < to; batch++) {
          const key = `${epoch}/${piece}/${batch}`;
          times.set(key, (times.get(key) ?? 0) + 1);
        }
  }
  const lost = EPOCHS * PIECES * BATCHES - times.size;
  const doubled = [...times.values()].filter((one) => one > 1).length;
  const weights = outputs.map((output) => output.trimEnd().split('\n').at(-1) ?? '');
  const expected = JSON.stringify(
    Array.from({ length: 1000 }, (_, at) => (at >= 1 && at <= PIECES ? BATCHES * EPOCHS : 0)),
  );
  return { rounds, lost, doubled, isExact: weights.length > 0 && weights.every((one) => one === expected) };
}
