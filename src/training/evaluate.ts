import { NonFiniteError, SourceError } from '../errors.js';
import { eventLoopTurns } from '../eventLoop.js';
import { checkBatch } from '../model/checkBatch.js';
import { LanguageModel } from '../model/LanguageModel.js';
import type { Batch, ContinuousBatch } from '../pipeline/Batch.js';
import { countedOf } from '../pipeline/countedOf.js';
import { sequencesOf } from '../pipeline/sequencesOf.js';
import type { Tokenizer } from '../text/Tokenizer.js';
import type { CarriedFrom } from './lossAndGradients.js';
import { type LossAndState, lossAndState } from './lossAndState.js';
import { PredictedLoss, type Predictor } from './predictedLoss.js';
import { RowStates } from './RowStates.js';
import { unmaskedTokens } from './unmaskedTokens.js';

/** Computing all time steps of a sequence at once takes memory for each; a longer one is read window by window. */
const LONG = 6400;

/** How many time steps of it. */
const WINDOW = 1024;

/** How well a model predicts a text. */
export interface Evaluation {
  /** Sequences seen; the parts of one that `limitLength` split are several. Of text that goes on, beginnings of rows. */
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
 * Measures a model's loss over all batches, without dropout and without changing it; that of another `TokenPredictor`, such as `averageOf` gives,
 * time step by time step. A batch of one sequence of more than
 * 6,400 tokens is read window by window: that gives the same, and takes no more memory however long it is. Batches of text that goes on
 * (`batchWindows`) have their state carried from one to the next; of what a row reads to warm up, nothing counts.
 * @throws {SourceError} when there is no batch.
 * @throws {InvalidArgumentError} on a batch that is not for this model, or of text that goes on, but not from the one before.
 * @throws {NonFiniteError} when the loss is not finite: the weights are not, or far too large.
 */
export async function evaluate<State>(
  model: LanguageModel | Predictor<State>,
  batches: AsyncIterable<Batch>,
): Promise<Evaluation> {
  if (model instanceof LanguageModel)
    return evaluateBy(
      model.tokenizer,
      batches,
      carrying((batch, carried) => lossAndState(model, batch, carried)),
    );
  const predicted = new PredictedLoss(model);
  try {
    return await evaluateBy(model.tokenizer, batches, (batch) => {
      checkBatch(batch, model.tokenizer.vocabularySize);
      return predicted.of(batch);
    });
  } finally {
    predicted.close();
  }
}

/** Losses of one batch after the other, in nats, where the state of those whose text goes on is carried from each to the next. */
export function carrying(
  lossOf: (batch: Batch, carried: CarriedFrom | undefined) => LossAndState,
): (batch: Batch) => number {
  const rows = new RowStates();
  return (batch) => {
    const { loss, state } = lossOf(batch, batch.before && { state: rows.before(batch) });
    if (state) rows.after(batch, state);
    return loss;
  };
}

/** What `evaluate` gives, by Σ mask·(−log p) in nats from elsewhere. */
export async function evaluateBy(
  tokenizer: Tokenizer,
  batches: AsyncIterable<Batch>,
  lossOf: (batch: Batch) => number | Promise<number>,
): Promise<Evaluation> {
  let nats = 0;
  let sentences = 0;
  let tokens = 0;
  let characters = 0;
  const turn = eventLoopTurns();
  for await (const batch of batches) {
    for (const window of isLong(batch) ? windowsOf(batch, tokenizer.eosId) : [batch]) {
      nats += await lossOf(window);
      await turn();
    }
    sentences += batch.begins?.reduce((sum, one) => sum + one, 0) ?? batch.size;
    tokens += unmaskedTokens(batch);
    for (const sequence of batch.before ? countedOf(batch) : sequencesOf(batch))
      characters += tokenizer.characterCount(sequence);
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

function isLong({ size, length }: Batch): boolean {
  return size === 1 && length > LONG;
}

/** A batch of one row, cut into batches that continue each other. */
function* windowsOf(batch: Batch, eosId: number): Generator<ContinuousBatch> {
  const { ids, mask, lengths, before = Int32Array.of(eosId), begins = Uint8Array.of(1) } = batch;
  for (let from = 0; from < ids.length; from += WINDOW) {
    const length = Math.min(WINDOW, ids.length - from);
    const own = Math.max(Math.min(length, (lengths[0] ?? 0) - from), 0);
    yield {
      ids: ids.subarray(from, from + length),
      mask: mask.subarray(from, from + length),
      ...{ lengths: Int32Array.of(own), size: 1, length, tokens: own },
      before: from === 0 ? before : ids.slice(from - 1, from),
      begins: from === 0 ? begins : Uint8Array.of(0),
    };
  }
}
