import type { AsyncIterableX } from 'ix/asynciterable';
import { DEFAULT_BEAMS } from '../defaults.js';
import { checkNumber, NonFiniteError } from '../errors.js';
import { eventLoopTurns } from '../eventLoop.js';
import { random } from '../random.js';
import { asyncIterable } from './asyncIterable.js';
import { checkMemory } from './checkMemory.js';
import { contextOf } from './contextOf.js';
import { checkDecodingOptions, type DecodingOptions } from './DecodingOptions.js';
import { extension, ROOT } from './extension.js';
import type { GrowingHypothesis } from './GrowingHypothesis.js';
import { conditionedGumbels } from './gumbel.js';
import { logSoftmax } from './logSoftmax.js';
import { mostHypotheses } from './mostHypotheses.js';
import { mostProbable } from './mostProbable.js';
import { PredictorSession } from './PredictorSession.js';
import { processorChain } from './processorChain.js';
import { readPrompt } from './readPrompt.js';
import type { Sentence } from './Sentence.js';
import { sentenceOf } from './sentenceOf.js';
import type { TokenPredictor } from './TokenPredictor.js';

/** Options of `stochasticBeamSearch`. */
export interface StochasticBeamSearchOptions extends DecodingOptions {
  /** How many sentences are drawn. Memory must have room for as many as there can be. Default 8. */
  beams?: number | undefined;
  /** The same seed gives the same sentences. Default 1. */
  seed?: number | undefined;
}

/** A hypothesis in the beam. */
interface Drawn {
  readonly hypothesis: GrowingHypothesis;
  /** Its perturbed log-probability: the largest of all sentences that begin with it. */
  readonly perturbed: number;
  /** Its parent's row in the predictor's state. */
  readonly row: number;
}

/**
 * Draws `beams` different sentences at random: the first by its probability, each further one by its probability among
 * those not drawn yet (Kool, van Hoof and Welling, "Stochastic beams and where to find them", 2019: Gumbel top-k without
 * replacement). They come in the order in which they were drawn, each as soon as it is certain; fewer come where there are
 * no more.
 *
 * What is drawn from sums to one: the model's distribution without what the options exclude, as the processors change
 * it; `logProbability` and `score` are of this distribution. A hypothesis cut at `maxLength` counts as a sentence. One that
 * no token may follow is none, and is dropped: fewer sentences than `beams` come then.
 *
 * @throws {InvalidArgumentError} on an option that cannot be used.
 */
export function stochasticBeamSearch<State>(
  predictor: TokenPredictor<State>,
  { beams = DEFAULT_BEAMS, seed = 1, ...decoding }: StochasticBeamSearchOptions = {},
): AsyncIterableX<Sentence> {
  checkNumber('beams', beams, { integer: true, min: 1 });
  checkNumber('seed', seed, { integer: true });
  const { tokenizer } = predictor;
  const { vocabularySize, eosId } = tokenizer;
  const options = checkDecodingOptions(decoding, tokenizer);
  checkMemory('beams', beams, Math.min(beams, mostHypotheses(tokenizer, options)), predictor);
  const { promptIds, maxLength, signal } = options;
  const process = processorChain(tokenizer, options);
  const extend = extension(tokenizer, options, (logProbability) => logProbability);
  const { uniform } = random(seed, 'stochastic beams');
  const isFinished = ({ hypothesis: { complete, length } }: Drawn): boolean => complete || length === maxLength;
  const isLive = (one: Drawn): boolean => !isFinished(one);

  async function* sentences(): AsyncGenerator<Sentence> {
    let draws = 0;
    /** Why the first of the hypotheses that had no next token had none. */
    let deadEnd: NonFiniteError | undefined;
    /** The children of live hypotheses that may be in the beam, best first; one without a next token has none. */
    const childrenOf = (live: readonly Drawn[], logProbabilities: Float32Array): Drawn[] => {
      const totals = new Float64Array(live.length * vocabularySize).fill(-Infinity);
      const perturbed = totals.slice();
      deadEnd = undefined;
      for (const [row, { hypothesis: parent, perturbed: maximum }] of live.entries()) {
        const start = row * vocabularySize;
        const given = logProbabilities.subarray(start, start + vocabularySize);
        const processed = process(given, contextOf(parent, options), parent.length);
        if (processed instanceof NonFiniteError) {
          deadEnd ??= processed;
          continue;
        }
        const own = logSoftmax(processed).map((logProbability) => parent.logProbability + logProbability);
        totals.set(own, start);
        perturbed.set(
          conditionedGumbels(own, maximum, () => uniform(draws++)),
          start,
        );
      }
      return mostProbable(perturbed, beams).map((place) => {
        const row = Math.floor(place / vocabularySize);
        const candidate = {
          parent: (live[row] as Drawn).hypothesis,
          id: place % vocabularySize,
          tokenLogProbability: logProbabilities[place] as number,
          logProbability: totals[place] as number,
        };
        return { hypothesis: extend(candidate), perturbed: perturbed[place] as number, row };
      });
    };

    const session = new PredictorSession(predictor, signal);
    const turn = eventLoopTurns();
    try {
      let logProbabilities = await readPrompt(session, eosId, promptIds, turn);
      // The root may have any perturbed log-probability: which sentences are drawn, and in which order, is independent of it.
      let beam: Drawn[] = [{ hypothesis: ROOT, perturbed: 0, row: 0 }];
      let yielded = 0;
      for (;;) {
        const children = childrenOf(beam.filter(isLive), logProbabilities);
        beam = [...beam.filter(isFinished), ...children].sort((a, b) => b.perturbed - a.perturbed).slice(0, beams);
        if (beam.length === 0 && deadEnd) throw deadEnd;
        // What begins with a live hypothesis is perturbed no higher than it: a finished one before it stays there.
        for (let next = beam[yielded]; next && isFinished(next); next = beam[++yielded]) {
          yield sentenceOf(tokenizer, options, next.hypothesis.toHypothesis());
          signal?.throwIfAborted();
        }
        const live = beam.filter(isLive);
        if (live.length === 0) return;
        await turn();
        logProbabilities = await session.next(
          Int32Array.from(live, ({ row }) => row),
          Int32Array.from(live, ({ hypothesis }) => hypothesis.id ?? eosId),
        );
      }
    } finally {
      session.close();
    }
  }

  return asyncIterable(sentences);
}
