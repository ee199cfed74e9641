import { readdirSync, readFileSync } from 'node:fs';
import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { checkVersion } from '../../../src/cluster/connectCluster.js';
import {
  type Cluster,
  clusterStatus,
  connectCluster,
  fromJetStream,
  mapLeases,
  type Piece,
  readResults,
  shardFiles,
  shardPartitions,
  toFiles,
  toJetStream,
} from '../../../src/cluster.js';
import { ClusterError, InvalidArgumentError, SourceChangedError, SourceError } from '../../../src/errors.js';
import { dropDuplicates } from '../../../src/pipeline/dropDuplicates.js';
import { pipeline } from '../../../src/pipeline/pipeline.js';
import { readText } from '../../../src/pipeline/readText.js';
import { splitLines } from '../../../src/pipeline/splitLines.js';
import { splitSentences } from '../../../src/pipeline/splitSentences.js';
import { tokenize } from '../../../src/pipeline/tokenize.js';
import { CharacterTokenizer } from '../../../src/text/CharacterTokenizer.js';
import { clusterJob } from '../../support/cluster/clusterJob.js';
import { natsTest } from '../../support/cluster/natsTest.js';
import { collect } from '../../support/collect.js';
import { temporaryDirectory } from '../../support/temporaryFiles.js';

const CORPUS = 'corpus/state-of-the-union.txt';
const sentencesOf = (path: string) => collect(pipeline(readText(path), splitSentences()));

/** Works until all pieces are done. */
const work = (cluster: Cluster, options = {}) =>
  collect(
    fromJetStream(cluster, options).pipe(
      mapLeases((piece) => pipeline(readText(piece), splitSentences())),
      toJetStream(cluster),
    ),
  );

natsTest()('three workers together give the sentences of the text, in its order, each piece once', async (t) => {
  const { server, cluster } = await clusterJob(t);
  const counts = await shardFiles(cluster, CORPUS, { bytes: 60_000 });
  t.deepEqual(await shardFiles(cluster, CORPUS, { bytes: 60_000 }), { pieces: counts.pieces, added: 0 });
  t.is(counts.added, counts.pieces);
  const others = await Promise.all([1, 2].map(() => connectCluster({ url: server.url, name: 'test' })));
  const settled = (await Promise.all([cluster, ...others].map((one) => work(one)))).flat();
  t.true(settled.every(({ outcome }) => outcome === 'stored'));
  t.is(new Set(settled.map(({ piece }) => piece.id)).size, counts.pieces);
  t.deepEqual(await collect(readResults<string>(cluster)), await sentencesOf(CORPUS));
  const status = await clusterStatus(cluster);
  t.deepEqual(
    [status.pieces, status.isSharded, status.settled, status.setAside],
    [counts.pieces, true, counts.pieces, []],
  );
  await Promise.all(others.map((one) => one.close()));
});

natsTest()('ids of tokens are kept as they are', async (t) => {
  const { cluster } = await clusterJob(t);
  const path = join(await temporaryDirectory(t), 'a.txt');
  await writeFile(path, 'One. Two!\n\nThree?');
  await shardFiles(cluster, path, { bytes: 5 });
  const tokenizer = await CharacterTokenizer.fromStream(readText(path));
  const project = mapLeases((piece: Piece) => pipeline(readText(piece), splitSentences(), tokenize(tokenizer)));
  await collect(fromJetStream(cluster).pipe(project, toJetStream(cluster)));
  const kept = await collect(readResults<number[]>(cluster));
  t.deepEqual(
    kept.map((ids) => tokenizer.decode(ids)),
    ['One.', 'Two!', 'Three?'],
  );
});

natsTest()('records are read by their field, packed or not, piece by piece', async (t) => {
  const { cluster } = await clusterJob(t);
  const files = ['pandas.jsonl', 'pandas.csv', 'pandas.tsv', 'pandas.parquet', 'python.jsonl.gz'];
  const sources = files.map((name) => `test/fixtures/sources/${name}`);
  const counts = await shardFiles(cluster, sources, { bytes: 200, field: 'text' });
  t.true(counts.pieces > files.length);
  await work(cluster);
  const expected = (
    await Promise.all(sources.map((path) => collect(pipeline(readText(path, { field: 'text' }), splitSentences()))))
  ).flat();
  t.deepEqual(await collect(readResults(cluster)), expected);
});

natsTest()('files: the ledger names those that count, and together they are the text', async (t) => {
  const { cluster } = await clusterJob(t);
  const directory = join(await temporaryDirectory(t), 'out');
  await shardFiles(cluster, CORPUS, { bytes: 300_000 });
  const store = toFiles<string>(cluster, directory, { encode: (line) => line, suffix: '.txt' });
  const project = mapLeases((piece: Piece) => pipeline(readText(piece), splitSentences()));
  await collect(fromJetStream(cluster).pipe(project, store));
  const text = readdirSync(directory)
    .sort()
    .map((name) => readFileSync(join(directory, name), 'utf8'))
    .join('');
  t.deepEqual(text.trimEnd().split('\n'), await sentencesOf(CORPUS));
});

natsTest()('duplicates across pieces go in a second stage, and what is left is what one machine leaves', async (t) => {
  const { cluster } = await clusterJob(t);
  const path = join(await temporaryDirectory(t), 'a.txt');
  const lines = Array.from({ length: 3000 }, (_, i) => `Sentence ${(i * i) % 701}.`);
  await writeFile(path, lines.join('\n'));
  await shardFiles(cluster, path, { bytes: 3000 });
  const project = mapLeases((piece: Piece) => pipeline(readText(piece), splitLines(), dropDuplicates()));
  await collect(fromJetStream(cluster).pipe(project, toJetStream(cluster, { partitions: 5 })));
  const distinct = cluster.beside('distinct');
  t.deepEqual(await shardPartitions(cluster, distinct), { pieces: 5, added: 5 });
  const second = mapLeases((part: Piece) => pipeline(part, dropDuplicates()));
  await collect(fromJetStream(distinct).pipe(second, toJetStream(distinct)));
  const kept = await collect(readResults<string>(distinct));
  t.deepEqual(kept.sort(), [...new Set(lines)].sort());
});

natsTest()('a piece that fails again and again is set aside with its error, and the others are done', async (t) => {
  const { cluster } = await clusterJob(t);
  const path = join(await temporaryDirectory(t), 'a.txt');
  await writeFile(path, 'Good.\n\nBad.\n\nGood, too.\n\n');
  await shardFiles(cluster, path, { bytes: 6 });
  const seen: string[] = [];
  const project = mapLeases(async function* (piece: Piece) {
    for await (const sentence of pipeline(readText(piece), splitSentences())) {
      if (sentence === 'Bad.') throw new Error('no good');
      seen.push(sentence);
      yield sentence;
    }
  });
  const settled = await collect(
    fromJetStream(cluster, { attempts: 2, retryDelay: 10 }).pipe(project, toJetStream(cluster)),
  );
  t.deepEqual(settled.map(({ outcome }) => outcome).sort(), ['rejected', 'retried', 'stored', 'stored']);
  t.deepEqual(await collect(readResults<string>(cluster)), ['Good.', 'Good, too.']);
  const { setAside, settled: count } = await clusterStatus(cluster);
  t.is(count, 3);
  t.deepEqual(
    setAside.map(({ error }) => error),
    ['no good'],
  );
  t.regex(setAside[0]?.piece ?? '', /a\.txt, bytes 7 to 13$/);
});

natsTest()('as many leases are open as were asked for, and no more', async (t) => {
  const { cluster } = await clusterJob(t);
  await shardFiles(cluster, CORPUS, { bytes: 300_000 });
  const leases = fromJetStream(cluster, { open: 2 })[Symbol.asyncIterator]();
  const [first, second] = [await leases.next(), await leases.next()];
  const third = leases.next();
  const winner = await Promise.race([
    third.then(() => 'a third'),
    new Promise((resolve) => setTimeout(resolve, 1500, 'none')),
  ]);
  t.is(winner, 'none');
  t.true(await first.value?.done());
  const { value } = await third;
  t.not(value?.value.id, second.value?.value.id);
  await leases.return?.();
  const rest: string[] = [];
  for await (const lease of fromJetStream(cluster)) {
    rest.push(lease.value.id);
    // Without the ledger's entry, the job is never over.
    await lease.reject('enough');
    if (rest.length === 7) break;
  }
  t.true(rest.includes(second.value?.value.id ?? '') && rest.includes(value?.value.id ?? ''));
});

natsTest()('a source that has changed is refused by who cuts it again, and by who reads its pieces', async (t) => {
  const { cluster } = await clusterJob(t);
  const path = join(await temporaryDirectory(t), 'a.txt');
  await writeFile(path, 'One.\n\nTwo.\n\nThree.\n\n');
  await shardFiles(cluster, path, { bytes: 5 });
  await writeFile(path, 'One.\n\nToo.\n\nThree.\n\n');
  await t.throwsAsync(shardFiles(cluster, path, { bytes: 5 }), { instanceOf: SourceChangedError });
  const settled = await collect(
    fromJetStream(cluster, { attempts: 1 }).pipe(
      mapLeases((piece) => pipeline(readText(piece), splitSentences())),
      toJetStream(cluster),
    ),
  );
  t.deepEqual(
    settled.map(({ outcome }) => outcome),
    ['stored', 'rejected', 'stored'],
  );
});

natsTest()('a second call that would cut the same text in another way is refused', async (t) => {
  const { cluster } = await clusterJob(t);
  const path = join(await temporaryDirectory(t), 'a.txt');
  await writeFile(path, 'One.\n\nTwo.\n\n');
  await shardFiles(cluster, path, { bytes: 5 });
  await t.throwsAsync(shardFiles(cluster, path, { bytes: 6 }), { instanceOf: InvalidArgumentError, message: /bytes/ });
  await appendFile(path, 'Three.\n\n');
  t.deepEqual(await shardFiles(cluster, path, { bytes: 5 }), { pieces: 3, added: 1 });
});

natsTest()('what cannot be read, and URLs with a password, are errors that hide it', async (t) => {
  const { cluster } = await clusterJob(t);
  await t.throwsAsync(shardFiles(cluster, 'missing.txt'), { instanceOf: SourceError, message: /missing/ });
  const error = await t.throwsAsync(shardFiles(cluster, 'https://me:secret@example.org/a.txt'));
  t.false(error?.message.includes('secret'));
  await t.throwsAsync(shardPartitions(cluster, cluster.beside('other')), { instanceOf: ClusterError });
});

test('a server that is not there is an error that names it, without user and password', async (t) => {
  const error = await t.throwsAsync(connectCluster({ url: 'nats://me:secret@127.0.0.1:1', patience: 0.1 }), {
    instanceOf: ClusterError,
    message: /nats:\/\/127\.0\.0\.1:1/,
  });
  t.false(error?.message.includes('secret'));
});

natsTest()('users and their passwords are taken from the URL', async (t) => {
  const config = 'authorization { user: me, password: "se/cret" }';
  const { startNats } = await import('../../support/cluster/natsServer.js');
  const server = await startNats({ config });
  t.teardown(() => server.remove());
  const [, address] = server.url.split('//');
  await t.throwsAsync(connectCluster({ url: server.url }), { instanceOf: ClusterError });
  const cluster = await connectCluster({ url: `nats://me:se%2Fcret@${address}` });
  await cluster.close();
});

test('servers before 2.10.23 are refused', (t) => {
  for (const version of ['2.9.10', '2.10.22', '1.99.99', '', 'x'])
    t.throws(() => checkVersion(version), { instanceOf: ClusterError });
  for (const version of ['2.10.23', '2.11.0', '3.0.0', '2.15.1-beta']) t.notThrows(() => checkVersion(version));
});
