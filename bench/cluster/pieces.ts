import { parseArgs } from 'node:util';
import { connectCluster, fromJetStream, mapLeases, type Piece, shardFiles, toJetStream } from '../../src/cluster.js';
import { CharacterTokenizer, pipeline, readText, splitSentences, tokenize } from '../../src/index.js';
import { median, printTable } from '../table.js';
import { withServer } from './server.js';

/**
 * How fast a worker cuts a text into sentences and tokens over leases, by how fast it does from a file, in alternation, by the processor's time and the clock's.
 * With `--store`, results are kept, too.
 */
export async function pieces(args: string[]): Promise<void> {
  const { values: flags } = parseArgs({
    args,
    options: {
      corpus: { type: 'string', default: 'corpus/state-of-the-union.txt' },
      bytes: { type: 'string', default: '500000' },
      rounds: { type: 'string', default: '7' },
      store: { type: 'boolean', default: false },
    },
  });
  const tokenizer = await CharacterTokenizer.fromStream(readText(flags.corpus));
  const fromText = (text: AsyncIterable<string>) => pipeline(readText(text), splitSentences(), tokenize(tokenizer));
  const fromFile = async (): Promise<void> => {
    for await (const _ of fromText(readText(flags.corpus)));
  };
  const ratios: { cpu: number[]; clock: number[] } = { cpu: [], clock: [] };
  await withServer(async (server) => {
    for (let round = 0; round < Number(flags.rounds); round++) {
      const cluster = await connectCluster({ url: server.url, name: `bench-${round}` });
      await shardFiles(cluster, flags.corpus, { bytes: Number(flags.bytes) });
      // The last question, whether more comes, is one of a whole corpus, and not of each text of this size.
      const fromLeases = async (): Promise<void> => {
        const leases = fromJetStream(cluster);
        let left = (await cluster.jsm.streams.info(cluster.stream('pieces'))).state.messages;
        if (flags.store) {
          const stored = leases.pipe(
            mapLeases((piece: Piece) => fromText(piece)),
            toJetStream(cluster),
          );
          for await (const _ of stored) if (--left === 0) break;
          return;
        }
        for await (const lease of leases) {
          for await (const _ of fromText(lease.value));
          await lease.done();
          if (--left === 0) break;
        }
      };
      const [file, leased] =
        round % 2 === 0
          ? [await timed(fromFile), await timed(fromLeases)]
          : swapped(await timed(fromLeases), await timed(fromFile));
      // The first round warms up.
      if (round > 0) {
        ratios.cpu.push(file.cpu / leased.cpu);
        ratios.clock.push(file.clock / leased.clock);
      }
      await cluster.close();
    }
  });
  printTable(
    ['a worker’s speed by a file’s', 'median', 'all'],
    Object.entries(ratios).map(([name, all]) => [
      name,
      median(all).toFixed(3),
      all.map((one) => one.toFixed(2)).join(' '),
    ]),
  );
}

function swapped<A, B>(a: A, b: B): [B, A] {
  return [b, a];
}

async function timed(action: () => Promise<void>): Promise<{ cpu: number; clock: number }> {
  const [cpu, clock] = [process.cpuUsage(), performance.now()];
  await action();
  const { user, system } = process.cpuUsage(cpu);
  return { cpu: (user + system) / 1e6, clock: (performance.now() - clock) / 1000 };
}
