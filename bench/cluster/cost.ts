import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { RoundEntry } from '../../src/cluster/training/RoundLog.js';
import { RoundsMember } from '../../src/cluster/training/RoundsMember.js';
import { connectCluster, nesterov, shardFiles } from '../../src/cluster.js';
import type { Batch } from '../../src/index.js';
import { TestNetwork } from '../../test/support/cluster/TestNetwork.js';
import { median, printTable } from '../table.js';
import { membersThatPay, onPaper, type RoundSetting, worth } from './onPaper.js';
import { secondsOfComputing } from './secondsOfComputing.js';
import { withServer } from './server.js';

/** Milliseconds between two rounds at least, in which all members hear that another one has begun, as they do while they learn. */
const PAUSE = 400;

/**
 * Bytes and seconds of a round of members with so many weights (933,781: a GRU of 512), through networks that delay and limit each
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
      /** Seconds of a round's steps. By default, those of 50 of a GRU of 512 are measured, 1,600 tokens each. */
      computing: { type: 'string' },
      float16: { type: 'boolean', default: false },
      /** Of the outer step. */
      momentum: { type: 'string', default: '0.9' },
    },
  });
  const numbers = (list: string): number[] => list.split(',').map(Number);
  const computing = flags.computing === undefined ? await secondsOfComputing() : Number(flags.computing);
  console.error(`${computing.toFixed(2)} s of computing a round`);
  const rows: string[][] = [];
  for (const members of numbers(flags.members))
    for (const bandwidth of numbers(flags.bandwidths))
      for (const delay of numbers(flags.delays)) {
        const setting = {
          ...{ weights: Number(flags.weights), members, delay, bandwidth },
          ...{ float16: flags.float16, momentum: Number(flags.momentum) },
        };
        const { seconds, bytes, alone } = await measure(setting, Number(flags.rounds));
        rows.push([
          ...[`${members}`, `${bandwidth}`, `${delay}`, (bytes / 1e6).toFixed(1), seconds.toFixed(2)],
          ...[onPaper(setting).toFixed(2), worth(members, seconds, computing).toFixed(2)],
          `${membersThatPay(setting, computing)}`,
        ]);
        console.error(rows.at(-1)?.join(' | '));
        if (alone > 0) console.error(`${alone} rounds were closed without one of the members`);
      }
  printTable(
    [
      ...['members', 'Mbit/s', 'ms one way', 'MB a round and member', 's a round', 's on paper'],
      ...['members’ worth', 'members, until one adds less than half'],
    ],
    rows,
  );
}

async function measure(setting: RoundSetting, rounds: number) {
  const { weights: size, members, float16, momentum, delay, bandwidth } = setting;
  // Who learned for so little time that the last round's weights had not come to all would be alone.
  const pause = Math.max(PAUSE, 500 * onPaper(setting));
  return withServer(async (server) => {
    const direct = await connectCluster({ url: server.url, name: 'bench' });
    await shardFiles(direct, 'corpus/state-of-the-union.txt', { bytes: 2000, lease: 600 });
    const networks: TestNetwork[] = [];
    const seconds: number[] = [];
    const perMember: number[] = [];
    const run = async (place: number): Promise<void> => {
      const net = await TestNetwork.to(server.port, { delay, bandwidth: 1e6 * bandwidth });
      networks.push(net);
      const cluster = await connectCluster({ url: net.url, name: 'bench' });
      const member = new RoundsMember(cluster, {
        ...{ every: 1, outer: nesterov({ momentum }), open: 8, float16 },
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
        weights[place] = Math.random();
        await setTimeout(pause);
        began = performance.now();
        member.learned();
      }
      perMember.push((net.bytes - bytes) / rounds);
      await member.end(true);
    };
    await Promise.all(Array.from({ length: members }, (_, place) => run(place)));
    let alone = 0;
    for await (const { data } of direct.all('rounds', direct.subject('rounds', 'log'))) {
      const { round, contributions }: RoundEntry = JSON.parse(Buffer.from(data).toString());
      if (round > 1 && contributions.length < members) alone++;
    }
    for (const net of networks) net.close();
    await direct.close();
    return { seconds: median(seconds), bytes: perMember.reduce((sum, one) => sum + one, 0) / members, alone };
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
