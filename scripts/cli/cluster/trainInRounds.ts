import { type Cluster, clusterStatus, connectCluster, joinRounds, nesterov, type Piece } from '../../../src/cluster.js';
import {
  batchSentences,
  cellOf,
  defaultWorkers,
  fit,
  holdOut,
  LanguageModel,
  OPTIMIZERS,
  pipeline,
  RunDirectory,
  random,
  readSentences,
  SourceError,
  tuneBackend,
  useBackend,
  warmupCosine,
} from '../../../src/index.js';
import type { Invocation } from '../Command.js';
import { interruption } from '../interruption.js';
import { namedCell } from '../namedCell.js';
import type { ClusterFlags } from './ClusterFlags.js';
import { clusterOptions } from './clusterOptions.js';
import { sentencesOf, sentencesOfAll, sharedTraining } from './sharedTraining.js';

/** The text to validate on is held out of so many pieces at most, evenly chosen. */
const VALID_PIECES = 64;
/** A schedule's steps: shares of the whole training. */
const SHARES = 10_000;

/** Trains with the others, as the flags of whoever began it say, and gives the exit code. */
export async function trainInRounds(given: ClusterFlags, invocation: Invocation): Promise<number> {
  const { stderr } = invocation;
  const options = await clusterOptions(given);
  const { stop, release } = interruption(invocation.signal);
  const cluster = await connectCluster(options);
  try {
    const pieces = await waitForPieces(cluster, stop);
    if (pieces === undefined) return stop.reason as number;
    const { flags, tokenizer } = await sharedTraining(cluster, given, invocation);
    const workers = given.workers ?? defaultWorkers(flags.maxTokens);
    if (workers > 1) tuneBackend('workers');
    if (given.backend) await useBackend(given.backend);
    const { maxTokens, maxLength, seed, holdOut: fraction, valid } = flags;
    const share = valid === undefined ? fraction : 0;
    const seeds = random(seed, 'cluster').bits;
    const batching = { maxTokens, maxLength: Math.min(maxLength, maxTokens) };
    const batches = (piece: Piece, epoch: number) =>
      batchSentences(pipeline(sentencesOf(piece, flags), holdOut({ fraction: share, keep: 'train' })), tokenizer, {
        ...{ ...batching, seed: seeds(epoch * pieces + piece.number) },
      });
    const validSentences =
      valid === undefined
        ? await heldOut(cluster, flags)
        : readSentences(valid, {
            ...{ sentencePerLine: flags.sentencePerLine, locale: flags.locale, lineBreaks: flags.lineBreaks },
          });
    const validBatches = batchSentences(validSentences, tokenizer, { maxTokens, seed });
    const outer = nesterov({ learningRate: flags.outerRate, momentum: flags.outerMomentum });
    const { float16, open } = given;
    const rounds = await joinRounds({ ...options, batches, every: flags.every, outer, float16, open });
    const schedule = warmupCosine({ learningRate: flags.learningRate, over: { steps: SHARES } });
    const learningRate = () => schedule({ step: rounds.share(flags.epochs, pieces) * SHARES, seconds: 0 });
    const { embedding: embeddingSize, hidden: hiddenSize, layers, dropout } = flags;
    // No module: other members lack it.
    const cell = namedCell(flags.cell) ?? cellOf(flags.cell);
    const model = new LanguageModel({ cell, tokenizer, embeddingSize, hiddenSize, layers, dropout, seed });
    const out = given.out ?? `runs/${cluster.name}-${rounds.place.member}`;
    const run = async (): Promise<RunDirectory> => {
      const settings = { ...flags, cluster: cluster.name, member: rounds.place.member, model: model.config };
      const opened = await RunDirectory.open(out, { mode: given.overwrite ? 'overwrite' : 'new', settings });
      await opened.saveTokenizer(tokenizer);
      return opened;
    };
    stderr.write(`${rounds.place.member} trains ${flags.cell} on ${pieces} pieces, run in ${out}\n`);
    let isStopped = false;
    let told = 0;
    try {
      await fit(model, {
        ...{ batches: rounds.batches, validBatches, rounds, run, workers, clipNorm: flags.clip, signal: stop },
        ...{ optimizer: OPTIMIZERS[flags.optimizer]({ learningRate }), until: { epochs: flags.epochs } },
      }).forEach((event) => {
        if (event.type === 'end') isStopped = event.reason === 'aborted';
        if (event.type === 'step' && rounds.place.round > told) {
          told = rounds.place.round;
          const learned = Math.floor(100 * rounds.share(flags.epochs, pieces));
          stderr.write(`round ${told} | ${learned} % learned | loss ${event.step.loss.toFixed(3)}\n`);
        }
        if (event.type !== 'evaluation') return;
        const { epoch, round, trainNatsPerToken, validNatsPerToken, tokensPerSecond } = event.metrics;
        const facts = [`epoch ${epoch}`, `round ${round}`, `valid ${validNatsPerToken.toFixed(3)} nats/token`];
        // Others may have learned all of it.
        if (tokensPerSecond > 0)
          facts.push(`train ${trainNatsPerToken.toFixed(3)}`, `${Math.round(tokensPerSecond)} tokens/s here`);
        stderr.write(`${facts.join(' | ')}\n`);
      });
      stderr.write(isStopped ? 'Stopped; the others go on\n' : `The model is in ${out}/best\n`);
      return isStopped ? (stop.reason as number) : 0;
    } finally {
      model.dispose();
    }
  } finally {
    release();
    await cluster.close();
  }
}

/** How many pieces there are, when they are cut; nothing where that is not waited for. */
async function waitForPieces(cluster: Cluster, stop: AbortSignal): Promise<number | undefined> {
  while (!stop.aborted) {
    const { isSharded, pieces } = await clusterStatus(cluster);
    if (isSharded) return pieces;
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  return undefined;
}

/** The sentences that nobody learns from, of some of the pieces. */
async function heldOut(cluster: Cluster, flags: Parameters<typeof sentencesOfAll>[1]): Promise<string[]> {
  const kept: string[] = [];
  for await (const sentence of pipeline(
    sentencesOfAll(cluster, flags, VALID_PIECES),
    holdOut({ fraction: flags.holdOut, keep: 'valid' }),
  ))
    kept.push(sentence);
  if (kept.length > 0) return kept;
  throw new SourceError('Expected sentences to validate on, got none: a larger --hold-out, or --valid', {
    options: ['holdOut'],
  });
}
