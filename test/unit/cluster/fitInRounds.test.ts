import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { firstValueFrom, lastValueFrom, tap, toArray } from 'rxjs';
import { closeRound } from '../../../src/cluster/training/closeRound.js';
import { type Offer, RoundLog } from '../../../src/cluster/training/RoundLog.js';
import { putTensor } from '../../../src/cluster/training/tensors.js';
import { connectCluster, joinRounds, nesterov, type Piece, shardFiles } from '../../../src/cluster.js';
import { InvalidArgumentError } from '../../../src/errors.js';
import { LanguageModel } from '../../../src/model/LanguageModel.js';
import type { Batch } from '../../../src/pipeline/Batch.js';
import { random } from '../../../src/random.js';
import type { FitEvent } from '../../../src/run/FitEvent.js';
import { fit } from '../../../src/run/fit.js';
import { RunDirectory } from '../../../src/run/RunDirectory.js';
import { adam } from '../../../src/training/adam.js';
import { referenceBatch } from '../../reference/weights.js';
import { clusterJob } from '../../support/cluster/clusterJob.js';
import { natsTest } from '../../support/cluster/natsTest.js';
import { smallModel, weightsOf } from '../../support/languageModels.js';
import { temporaryDirectory } from '../../support/temporaryFiles.js';

const PIECES = 5;
const shape = { cell: 'lstm', vocabularySize: 7, embeddingSize: 3, hiddenSize: 4, layers: 1, eosId: 1 } as const;

/** Three batches of a piece in an epoch. */
async function* batchesOf(piece: number, epoch: number): AsyncGenerator<Batch> {
  for (let index = 0; index < 3; index++) yield referenceBatch(shape, [4, 2, 3], 100 * epoch + 10 * piece + index);
}
const ofPiece = (piece: Piece, epoch: number) => batchesOf(piece.number, epoch);
const validBatches = { [Symbol.asyncIterator]: () => batchesOf(99, 99) };
/** Without rounds: one piece after the other. */
async function* plainly(epoch: number): AsyncGenerator<Batch> {
  for (let piece = 1; piece <= PIECES; piece++) yield* batchesOf(piece, epoch);
}

async function job(t: ExecutionContext) {
  const made = await clusterJob(t);
  const path = join(await temporaryDirectory(t), 'a.txt');
  await writeFile(path, 'Some text.\n\n'.repeat(PIECES));
  await shardFiles(made.cluster, path, { bytes: 12, lease: 5 });
  return made;
}

const serial = natsTest(test.serial);
const lossesOf = (events: readonly FitEvent[]) =>
  events.flatMap((event) => (event.type === 'step' ? [event.step.loss] : []));

serial('one member at rate 1 without momentum learns as a training without rounds does, to the bit', async (t) => {
  const { server } = await job(t);
  const options = { validBatches, optimizer: adam({ learningRate: 0.01 }), clipNorm: 1, until: { epochs: 2 } };
  const alone = smallModel({ cell: 'lstm', dropout: 0.3 });
  const plain = await lastValueFrom(fit(alone, { ...options, batches: plainly }).pipe(toArray()));
  const member = smallModel({ cell: 'lstm', dropout: 0.3 });
  const outer = nesterov({ learningRate: 1, momentum: 0 });
  const rounds = await joinRounds({ url: server.url, name: 'test', batches: ofPiece, every: 4, outer });
  const shared = await lastValueFrom(fit(member, { ...options, batches: rounds.batches, rounds }).pipe(toArray()));
  t.is(lossesOf(plain).length, 30);
  t.deepEqual(lossesOf(shared), lossesOf(plain));
  t.deepEqual(weightsOf(member), weightsOf(alone));
  // Fifteen steps an epoch: three rounds of four, and one of what is left.
  t.is(rounds.place.round, 8);
  alone.dispose();
  member.dispose();
});

serial(
  'two members, one in half precision: the same weights, the newest model in both runs, and metrics that tell who, which round and piece',
  async (t) => {
    const { server } = await job(t);
    const directory = await temporaryDirectory(t);
    const train = async (name: string, float16: boolean) => {
      const model = smallModel({ cell: 'lstm', seed: name.length });
      const rounds = await joinRounds({ url: server.url, name: 'test', batches: ofPiece, every: 3, open: 1, float16 });
      const run = () => RunDirectory.open(join(directory, name));
      const options = { validBatches, optimizer: adam({ learningRate: 0.01 }), until: { epochs: 3 }, run };
      await lastValueFrom(fit(model, { ...options, batches: rounds.batches, rounds }));
      const weights = weightsOf(model);
      model.dispose();
      const lines = readFileSync(join(directory, name, 'metrics.jsonl'), 'utf8')
        .trim()
        .split('\n');
      return { weights, metrics: lines.map((line) => JSON.parse(line)), member: rounds.place.member };
    };
    const [one, two] = await Promise.all([train('one', false), train('three', true)]);
    t.deepEqual(one.weights, two.weights);
    for (const { metrics, member } of [one, two])
      for (const line of metrics) {
        t.is(line.member, member);
        t.true(Number.isInteger(line.round) && line.round >= 1);
        t.regex(line.piece, /a\.txt, bytes \d+ to \d+$/);
      }
    for (const name of ['one', 'three']) {
      const last = await LanguageModel.load(join(directory, name, 'last'));
      t.deepEqual(weightsOf(last), one.weights);
      last.dispose();
    }
  },
);

serial('a member that is stopped keeps the newest weights, and what it has learned counts', async (t) => {
  const { server, cluster } = await job(t);
  const model = smallModel({ cell: 'lstm' });
  const rounds = await joinRounds({ url: server.url, name: 'test', batches: ofPiece, every: 50 });
  const stop = new AbortController();
  const options = { validBatches, optimizer: adam(), until: { epochs: 9 }, signal: stop.signal };
  let steps = 0;
  const training = fit(model, { ...options, batches: rounds.batches, rounds }).pipe(
    tap(({ type }) => {
      if (type === 'step' && ++steps === 7) stop.abort();
    }),
  );
  t.deepEqual(await lastValueFrom(training), { type: 'end', reason: 'aborted' });
  const log = new RoundLog(cluster);
  await log.catchUp();
  t.is(
    log.head?.contributions.reduce((sum, one) => sum + one.steps, 0),
    7,
  );
  model.dispose();
});

serial('rounds go with neither a checkpoint to resume from nor a state that is carried', async (t) => {
  const { server } = await job(t);
  const model = smallModel({ cell: 'lstm' });
  const rounds = await joinRounds({ url: server.url, name: 'test', batches: ofPiece });
  const options = { batches: rounds.batches, validBatches, optimizer: adam(), until: { epochs: 1 }, rounds };
  await t.throwsAsync(async () => firstValueFrom(fit(model, { ...options, carryState: true })), {
    instanceOf: InvalidArgumentError,
  });
  await rounds.end(true);
  model.dispose();
});

serial('the same offers in the same order give the same bits, wherever a round is closed', async (t) => {
  const { server } = await job(t);
  const size = 300_000;
  const draws = random(1, 'weights');
  const some = (from: number) => Float32Array.from({ length: size }, (_, at) => draws.normal(from * size + at));
  const merged: Uint8Array[] = [];
  for (const name of ['a', 'b']) {
    const cluster = await connectCluster({ url: server.url, name });
    const log = new RoundLog(cluster);
    const before = some(0);
    const first = {
      round: 0,
      weights: await putTensor(cluster, before),
      slots: {},
      by: 'x',
      seconds: 0,
      contributions: [],
    };
    await log.append(first);
    const offers: Offer[] = [];
    for (const from of [1, 2, 3]) {
      const weights = await putTensor(cluster, some(from), from === 2 ? 'float16' : 'float32');
      offers.push({ id: weights.id, member: `m${from}`, round: 0, steps: 10 * from, pieces: [], weights });
    }
    const made = await closeRound({ cluster, log, outer: nesterov(), before, offers, seconds: 1 });
    merged.push(Buffer.from(Float32Array.from(made?.get(log.head?.weights.id ?? '') ?? []).buffer));
    await cluster.close();
  }
  t.is(merged[0]?.length, 4 * size);
  t.true(Buffer.compare(merged[0] ?? Buffer.of(), merged[1] ?? Buffer.of()) === 0);
});
