import * as tf from '@tensorflow/tfjs';
import { NonFiniteError, SourceError } from '../errors.js';
import { eventLoopTurns } from '../eventLoop.js';
import { checkBatch } from '../model/checkBatch.js';
import type { LanguageModel } from '../model/LanguageModel.js';
import type { RecurrentState } from '../model/RecurrentState.js';
import type { Batch } from '../pipeline/Batch.js';
import { sequencesOf } from '../pipeline/sequencesOf.js';
import { unmaskedTokens } from './unmaskedTokens.js';

/** Computing all time steps of a sequence at once takes memory for each; of a longer one, only the last state is kept. */
const LONG = 6400;

/** How well a model predicts a text. */
export interface Evaluation {
  /** Sequences seen; the parts of one that `limitLength` split are several. */
  readonly sentences: number;
  /** Unmasked tokens, EOS counted. */
  readonly tokens: number;
  /** Mean loss over all unmasked tokens. */
  readonly natsPerToken: number;
  /** log₂ instead of natural logarithm, per character (code point) of the text; EOS counts as one. */
  readonly bitsPerCharacter: number;
  /** e to the nats per token. */
  readonly perplexity: number;
}

/**
 * Measures a model's loss over all batches, without dropout and without changing it. A batch of one sequence of more than
 * 6,400 tokens is read token by token: that gives the same, and takes no more memory however long it is.
 * @throws {SourceError} when there is no batch.
 * @throws {InvalidArgumentError} on a batch that is not for this model.
 * @throws {NonFiniteError} when the loss is not finite: the weights are not, or far too large.
 */
export async function evaluate(model: LanguageModel, batches: AsyncIterable<Batch>): Promise<Evaluation> {
  let nats = 0;
  let sentences = 0;
  let tokens = 0;
  let characters = 0;
  for await (const batch of batches) {
    nats +=
      batch.size === 1 && batch.length > LONG
        ? await lossTokenByToken(model, batch)
        : tf.tidy(() => model.totalLoss(batch).dataSync()[0] ?? NaN);
    sentences += batch.size;
    tokens += unmaskedTokens(batch);
    for (const sequence of sequencesOf(batch)) characters += model.tokenizer.characterCount(sequence);
  }
  if (tokens === 0) throw new SourceError('Expected text to evaluate a model on, got none');
  if (!Number.isFinite(nats)) throw new NonFiniteError(`Expected a finite loss of the model, got ${nats}`);
  const natsPerToken = nats / tokens;
  return {
    sentences,
    tokens,
    natsPerToken,
    bitsPerCharacter: nats / Math.LN2 / characters,
    perplexity: Math.exp(natsPerToken),
  };
}

/** What `totalLoss` gives for a batch of one sequence. */
async function lossTokenByToken(model: LanguageModel, batch: Batch): Promise<number> {
  checkBatch(batch, model.tokenizer.vocabularySize);
  const turn = eventLoopTurns();
  let nats = 0;
  let read = model.tokenizer.eosId;
  let state: RecurrentState | undefined;
  for (const [time, id] of batch.ids.entries()) {
    const next = await model.next(state, Int32Array.of(state ? 0 : -1), Int32Array.of(read));
    nats -= (batch.mask[time] ?? 0) * (next.logProbabilities[id] ?? Number.NaN);
    state = next.state;
    read = id;
    await turn();
  }
  return nats;
}
