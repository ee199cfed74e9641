import { InvalidArgumentError, NonFiniteError } from '../errors.js';
import { eventLoopTurns } from '../eventLoop.js';
import type { CheckedBeamOptions } from './beamOptions.js';
import { contextOf } from './contextOf.js';
import { type Candidate, extension, ROOT } from './extension.js';
import type { GrowingHypothesis } from './GrowingHypothesis.js';
import { highest } from './highest.js';
import { MostProbable } from './mostProbable.js';
import { PredictorSession } from './PredictorSession.js';
import { processorChain } from './processorChain.js';
import { readPrompt } from './readPrompt.js';
import type { TokenPredictor } from './TokenPredictor.js';

/** A beam search after a time step: `BeamState`, before it is plain data. */
export interface SearchState {
  readonly step: number;
  /** The hypotheses that it made, the most probable first: live ones, those that ended, and those that cannot win any more. */
  readonly kept: readonly GrowingHypothesis[];
  /** Of those that were live before, the ones that no token may follow. */
  readonly deadEnds: readonly GrowingHypothesis[];
  readonly live: readonly GrowingHypothesis[];
  readonly finished: readonly GrowingHypothesis[];
  /** What every hypothesis that can still win begins with. */
  readonly committed: GrowingHypothesis;
  readonly done: boolean;
}

interface RowedCandidate extends Candidate {
  /** The parent's row in the predictor's state. */
  readonly row: number;
}

/**
 * Beam search, a state for each time step, in one call of the predictor each.
 *
 * K hypotheses are kept. Each is extended by its K most probable tokens, and the K most probable of these candidates
 * remain (among equals: the better parent's, then the lower id). Those that end are set aside, and at `maxLength` all do.
 * A hypothesis that no token may follow is dropped; when that leaves none, and none has ended, it is an error.
 * A live hypothesis whose bound is not above the score of the `wanted`-th best finished one cannot come before it any
 * more and is dropped; when none is left, the search is over.
 */
export async function* searchBeams<State>(
  predictor: TokenPredictor<State>,
  options: CheckedBeamOptions,
): AsyncGenerator<SearchState> {
  const { beams, wanted, penalty, promptIds, maxLength, signal } = options;
  const { tokenizer } = predictor;
  const { vocabularySize, eosId } = tokenizer;
  const process = processorChain(tokenizer, options);
  const extend = extension(tokenizer, options, penalty.score);

  /** The hypotheses that had no next token, and why the best of them had none. */
  let deadEnds: GrowingHypothesis[] = [];
  let deadEnd: NonFiniteError | undefined;

  /** The candidates that remain, best first; a hypothesis without a next token has none. */
  const bestCandidates = (live: readonly GrowingHypothesis[], logProbabilities: Float32Array): RowedCandidate[] => {
    // Row-major, as the model's: among equals, the first place is the better parent's and then the lower id's.
    const best = new MostProbable(beams);
    [deadEnds, deadEnd] = [[], undefined];
    for (let row = 0; row < live.length; row++) {
      const hypothesis = live[row] as GrowingHypothesis;
      const start = row * vocabularySize;
      const given = logProbabilities.subarray(start, start + vocabularySize);
      const processed = process(given, contextOf(hypothesis, options), hypothesis.length);
      if (processed instanceof NonFiniteError) {
        deadEnds.push(hypothesis);
        deadEnd ??= processed;
        best.pass(vocabularySize);
      } else {
        checkNotAboveZero(processed);
        best.take(processed, hypothesis.logProbability);
      }
    }
    const totals = best.values();
    return best.places().map((place, rank) => {
      const row = Math.floor(place / vocabularySize);
      return {
        parent: live[row] as GrowingHypothesis,
        row,
        id: place % vocabularySize,
        tokenLogProbability: logProbabilities[place] as number,
        logProbability: totals[rank] as number,
      };
    });
  };

  const session = new PredictorSession(predictor, signal);
  const turn = eventLoopTurns();
  try {
    let logProbabilities = await readPrompt(session, eosId, promptIds, turn);
    let live = [ROOT];
    let finished: GrowingHypothesis[] = [];
    let committed = ROOT;
    for (let step = 1; ; step++) {
      const candidates = bestCandidates(live, logProbabilities);
      const kept = candidates.map(extend);
      if (kept.length === 0 && finished.length === 0 && deadEnd) throw deadEnd;
      const isFinished = ({ complete }: GrowingHypothesis): boolean => complete || step === maxLength;
      const ended = kept.filter(isFinished);
      if (ended.length > 0)
        finished = [...finished, ...ended].sort((a, b) => b.score - a.score).slice(0, Math.max(beams, wanted));
      const toBeat = finished[wanted - 1]?.score ?? -Infinity;
      const goesOn = kept.map((one) => !isFinished(one) && penalty.bound(one.logProbability) > toBeat);
      live = kept.filter((_, rank) => goesOn[rank]);
      const [one, ...others] = [...live, ...finished.slice(0, 1)];
      committed = one?.sharedWith(others, committed.length) ?? committed;
      yield { step, kept, deadEnds, live, finished, committed, done: live.length === 0 };
      signal?.throwIfAborted();
      if (live.length === 0) return;
      await turn();
      logProbabilities = await session.next(
        Int32Array.from(
          candidates.filter((_, rank) => goesOn[rank]),
          ({ row }) => row,
        ),
        Int32Array.from(live, ({ id }) => id ?? eosId),
      );
    }
  } finally {
    session.close();
  }
}

/** The bound of a search holds only while hypotheses cannot gain by growing. */
function checkNotAboveZero(logProbabilities: Float32Array): void {
  const best = highest(logProbabilities);
  if (best <= 0) return;
  throw new InvalidArgumentError(
    `Expected log-probabilities of at most 0 from the predictor in a beam search, got ${best}`,
  );
}
