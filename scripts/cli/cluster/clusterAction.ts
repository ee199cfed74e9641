import {
  type Cluster,
  clusterStatus,
  connectCluster,
  fromJetStream,
  mapLeases,
  type Piece,
  shardFiles,
  toFiles,
} from '../../../src/cluster.js';
import { InvalidArgumentError } from '../../../src/errors.js';
import { readSentences } from '../../../src/pipeline.js';
import type { Invocation } from '../Command.js';
import { interruption } from '../interruption.js';
import { print } from '../print.js';
import type { ClusterFlags } from './ClusterFlags.js';
import { clusterOptions } from './clusterOptions.js';

/** Does one of the things that `cluster` can do, and gives its exit code. */
export async function clusterAction(
  action: 'shard' | 'work' | 'train' | 'status',
  flags: ClusterFlags,
  invocation: Invocation,
): Promise<number> {
  if (action === 'train') {
    const { trainInRounds } = await import('./trainInRounds.js');
    return trainInRounds(flags, invocation);
  }
  if (action === 'work' && flags.out === undefined)
    throw new InvalidArgumentError('Expected --out, where the sentences go, beside work; got none');
  const cluster = await connectCluster(await clusterOptions(flags));
  try {
    return await { shard, work, status }[action](cluster, flags, invocation);
  } finally {
    await cluster.close();
  }
}

async function shard(
  cluster: Cluster,
  { corpus, bytes, lease, field, format, onBad }: ClusterFlags,
  { stdout }: Invocation,
): Promise<number> {
  if (corpus.includes('-'))
    throw new InvalidArgumentError('Expected --corpus to be files or URLs, which workers read, got standard input');
  const { pieces, added } = await shardFiles(cluster, corpus, { bytes, lease, field, format, onBad });
  await print(stdout, `${pieces} pieces, ${added} of them new\n`);
  return 0;
}

async function work(
  cluster: Cluster,
  { out = '', open, sentencePerLine, locale, lineBreaks }: ClusterFlags,
  { stderr, signal }: Invocation,
): Promise<number> {
  const { stop, release } = interruption(signal);
  try {
    const sentences = mapLeases((piece: Piece) => readSentences(piece, { sentencePerLine, locale, lineBreaks }));
    const store = toFiles<string>(cluster, out, { encode: (sentence) => sentence, suffix: '.txt' });
    const counts = { stored: 0, already: 0, retried: 0, rejected: 0 };
    for await (const { piece, outcome, error } of fromJetStream(cluster, { open, signal: stop }).pipe(
      sentences,
      store,
    )) {
      counts[outcome]++;
      if (error !== undefined)
        stderr.write(`${piece.name} failed, and is ${outcome === 'retried' ? 'tried again' : 'set aside'}: ${error}\n`);
    }
    const { stored, already, rejected } = counts;
    stderr.write(
      `${stored} pieces stored in ${out}, ${already} that another worker has stored, ${rejected} set aside\n`,
    );
    return stop.aborted ? (stop.reason as number) : 0;
  } finally {
    release();
  }
}

async function status(cluster: Cluster, _: ClusterFlags, { stdout }: Invocation): Promise<number> {
  const { pieces, isSharded, settled, setAside, rounds, members } = await clusterStatus(cluster);
  const lines = [
    `${pieces} pieces${isSharded ? '' : ', more may come'}`,
    `${settled} done by workers${setAside.length > 0 ? `, ${setAside.length} of them set aside:` : ''}`,
    ...setAside.map(({ piece, error }) => `  ${piece}: ${error}`),
    ...(rounds ? [`round ${rounds.round}, closed by ${rounds.by}`] : []),
    ...[...members].map(([member, { task, open, round }]) =>
      [`${member}: ${task}, ${open} pieces open`, ...(round === undefined ? [] : [`round ${round}`])].join(', '),
    ),
  ];
  await print(stdout, `${lines.join('\n')}\n`);
  return 0;
}
