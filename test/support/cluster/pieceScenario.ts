import { Ledger } from '../../../src/cluster/Ledger.js';
import { type Cluster, readResults, shardFiles } from '../../../src/cluster.js';
import { pipeline } from '../../../src/pipeline/pipeline.js';
import { readText } from '../../../src/pipeline/readText.js';
import { splitSentences } from '../../../src/pipeline/splitSentences.js';
import { collect } from '../collect.js';
import { Crew } from './Crew.js';
import type { HarmReport } from './HarmReport.js';
import { doHarm, type Harm } from './harm.js';
import type { NatsServer } from './natsServer.js';
import { drawsOf } from './seededRandom.js';

const CORPUS = 'corpus/state-of-the-union.txt';

/** How a job of pieces went. */
export interface PieceReport extends HarmReport {
  readonly pieces: number;
}

/** Three workers on a job, to which harm is done; then what came of it is counted. */
export async function pieceScenario(
  cluster: Cluster,
  servers: readonly NatsServer[],
  { seed, harm, mode = 'exact', url }: { seed: number; harm: Harm; mode?: string; url?: string },
): Promise<PieceReport> {
  await shardFiles(cluster, CORPUS, { bytes: 40_000, lease: 2 });
  const place = url ?? servers.map((server) => server.url).join(',');
  const crew = new Crew('test/support/cluster/worker.ts', [place, mode], 3);
  try {
    const harmed = await doHarm(crew, servers, harm, drawsOf(seed));
    await crew.done();
    return { ...(await count(cluster, mode)), kills: crew.kills, ...harmed };
  } finally {
    await crew.close();
  }
}

/** Whether workers do as users do, the ledger and all. */
const isOurs = (mode: string): boolean => mode === 'exact' || mode === 'disorder';

async function count(cluster: Cluster, mode: string) {
  const ledger = new Ledger(cluster);
  /** The attempts of which there are results, by piece. */
  const attempts = new Map<string, Set<string>>();
  for await (const { subject } of cluster.all('results')) {
    const [, , , piece = '', attempt = ''] = subject.split('.');
    attempts.set(piece, (attempts.get(piece) ?? new Set()).add(attempt));
  }
  let [pieces, lost, doubled] = [0, 0, 0];
  for await (const { subject } of cluster.all('pieces')) {
    const piece = subject.split('.').at(-1) ?? '';
    const entry = await ledger.entry(piece);
    const found = attempts.get(piece) ?? new Set();
    // By the ledger, one attempt counts at most.
    const counted =
      mode === 'exact' ? [...found].filter((one) => entry?.outcome === 'done' && one === entry.attempt) : [...found];
    pieces++;
    if (counted.length === 0) lost++;
    if (counted.length > 1) doubled++;
  }
  return { pieces, lost, doubled, isExact: isOurs(mode) && (await isExact(cluster)) };
}

async function isExact(cluster: Cluster): Promise<boolean> {
  const sentences = await collect(pipeline(readText(CORPUS), splitSentences()));
  const results = await collect(readResults<string>(cluster));
  return sentences.length === results.length && sentences.every((sentence, place) => sentence === results[place]);
}
