import { parseArgs } from 'node:util';
import { RoundsMember } from '../../src/cluster/training/RoundsMember.js';
import { connectCluster, nesterov, shardFiles } from '../../src/cluster.js';
import type { Batch } from '../../src/pipeline/Batch.js';
import { TestNetwork } from '../../test/support/cluster/TestNetwork.js';
import { median, printTable } from '../table.js';
import { withServer } from './server.js';

/** Messages that are on their way at once, as `ChunkWriter` and `readChunks` have it. */
const [PUT_AT_ONCE, GET_AT_ONCE, CHUNK] = [8, 4, 512_000];

/**
 * Bytes and seconds of a round in which nobody computes, of members with so many weights (933,781: a GRU of 512), through networks that delay and limit each
 * member; beside what a model on paper says. By the seconds that a round's steps take, it says from where on another member pays.
 */
export async function cost(args: string[]): Promise<void> {
  const { values: flags } = parseArgs({
    args,
    options: {
      weights: { type: 'string', default: '933781' },
      members: { type: 'string', default: '2' },
      rounds: { type: 'string', default: '5' },
      /** Milliseconds, one way. */
      delays: { type: 'string', default: '1,20,100' },
      /** Megabits a second. */
      bandwidths: { type: 'string', default: '10,100,1000' },
      /** Seconds of a round's steps: 50 of a GRU of 512, 1,600 tokens each, at 20,000 tokens a second. */
      computing: { type: 'string', default: '4' },
      float16: { type: 'boolean', default: false },
    },
  });
  const numbers = (list: string): number[] => list.split(',').map(Number);
  const [weights, members, rounds, computing] = [flags.weights, flags.members, flags.rounds, flags.computing].map(
    Number,
  ) as [number, number, number, number];
  const rows: string[][] = [];
  for (const bandwidth of numbers(flags.bandwidths))
    for (const delay of numbers(flags.delays)) {
      const network = { delay, bandwidth: 1e6 * bandwidth };
      const { seconds, bytes } = await measure({ weights, members, rounds, float16: flags.float16, network });
      const expected = onPaper({ weights, members, float16: flags.float16, delay, bandwidth });
      rows.push([
        ...[`${bandwidth}`, `${delay}`, (bytes / 1e6).toFixed(1), seconds.toFixed(2), expected.toFixed(2)],
        ...[(members / (1 + seconds / computing)).toFixed(2)],
      ]);
      console.error(rows.at(-1)?.join(' | '));
    }
  printTable(['Mbit/s', 'ms one way', 'MB a round and member', 's a round', 's on paper', 'members’ worth'], rows);
}

interface Setting {
  readonly weights: number;
  readonly members: number;
  readonly float16: boolean;
}

/**
 * A member sends its weights; the one that closes the round reads those of the others, and sends the merged ones and the velocity; the others read these. One after the
 * other, each behind the other's last byte; beside that, some questions, and as many turns of questions and answers as there are messages, some at a time.
 */
function onPaper({
  weights,
  members,
  float16,
  delay,
  bandwidth,
}: Setting & { delay: number; bandwidth: number }): number {
  const round = 2 * (delay / 1000);
  const size = 4 * weights;
  const offered = float16 ? size / 2 : size;
  const over = (bytes: number, atOnce: number): number =>
    (8 * bytes) / (1e6 * bandwidth) + round * Math.max(1, bytes / CHUNK / atOnce);
  const others = members - (float16 ? 0 : 1);
  const questions = 12 + 2 * members;
  return (
    over(offered, PUT_AT_ONCE) +
    others * over(offered, GET_AT_ONCE) +
    // The closer reads the old velocity, and sends weights and a new one.
    over(size, GET_AT_ONCE) +
    2 * over(size, PUT_AT_ONCE) +
    (members > 1 ? over(size, GET_AT_ONCE) : 0) +
    questions * round
  );
}

async function measure({
  weights: size,
  members,
  rounds,
  float16,
  network,
}: Setting & { rounds: number; network: { delay: number; bandwidth: number } }) {
  return withServer(async (server) => {
    const direct = await connectCluster({ url: server.url, name: 'bench' });
    await shardFiles(direct, 'corpus/state-of-the-union.txt', { bytes: 2000, lease: 600 });
    const networks: TestNetwork[] = [];
    const seconds: number[] = [];
    const run = async (place: number): Promise<void> => {
      const net = await TestNetwork.to(server.port, network);
      networks.push(net);
      const cluster = await connectCluster({ url: net.url, name: 'bench' });
      const member = new RoundsMember(cluster, {
        ...{ every: 1, outer: nesterov(), open: 8, float16 },
        batches: manyBatches,
      });
      let weights = new Float32Array(size).fill(0.1);
      await member.begin({
        weights: () => ({ all: { shape: [size], values: weights } }),
        assign: ({ all }) => {
          weights = Float32Array.from(all ?? []);
        },
      });
      let began = performance.now();
      let bytes = net.bytes;
      for await (const _ of member.batches(0)) {
        const round = member.place.round;
        if (round > 1) seconds.push((performance.now() - began) / 1000);
        // The first rounds make the connections and the consumers.
        if (round === 1) bytes = net.bytes;
        if (round > rounds) break;
        began = performance.now();
        weights[place] = Math.random();
        member.learned();
      }
      perMember.push((net.bytes - bytes) / rounds);
      await member.end(true);
    };
    const perMember: number[] = [];
    await Promise.all(Array.from({ length: members }, (_, place) => run(place)));
    for (const net of networks) net.close();
    await direct.close();
    return { seconds: median(seconds), bytes: perMember.reduce((sum, one) => sum + one, 0) / members };
  });
}

async function* manyBatches(): AsyncGenerator<Batch> {
  const batch = {
    ids: Int32Array.of(1),
    mask: Float32Array.of(1),
    lengths: Int32Array.of(1),
    size: 1,
    length: 1,
    tokens: 1,
  };
  for (let index = 0; index < 1000; index++) yield batch;
}
