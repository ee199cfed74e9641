import { mostProbable } from '../decoding/mostProbable.js';
import type { TokenPredictor } from '../decoding/TokenPredictor.js';

/** What a model says comes next behind some tokens. */
export interface Distribution {
  /** How many tokens were read behind the EOS that begins a sentence. */
  readonly depth: number;
  /** The most probable ids, best first, with their log-probabilities. */
  readonly top: readonly (readonly [id: number, logProbability: number])[];
  /** The log-probability of the prompt's next token, while there is one. */
  readonly ofPrompt: number;
  /** That of EOS. */
  readonly ofEos: number;
  /** What it says behind one token more, where it was asked. */
  readonly next: Map<number, Distribution>;
}

/** A state, and what was said of each of its rows. */
interface Recorded<State> {
  readonly state: State;
  readonly said: readonly Distribution[];
}

/**
 * Keeps what a predictor says of each beginning that a decoder asks for: a tree, for a search asks for many. Decoders tell the
 * log-probability of what they chose, and not of what they might have chosen, nor of the prompt.
 */
export class Distributions {
  readonly #promptIds: readonly number[];
  readonly #count: number;
  readonly #keepsPrompt: boolean;
  #first: Distribution | undefined;

  /** The `count` most probable tokens are kept of each; without `keepsPrompt`, of the prompt's only those behind its last token. */
  constructor(promptIds: readonly number[], count: number, keepsPrompt: boolean) {
    this.#promptIds = promptIds;
    this.#count = count;
    this.#keepsPrompt = keepsPrompt;
  }

  /** What was said before each token of the prompt, where that is kept, and behind the last one. */
  get alongPrompt(): readonly Distribution[] {
    const path: Distribution[] = [];
    for (let one = this.#first; one; one = one.next.get(this.#promptIds[one.depth] ?? -1)) {
      path.push(one);
      if (one.depth === this.#promptIds.length) break;
    }
    return path;
  }

  /** The predictor, listened to. */
  of<State>(predictor: TokenPredictor<State>): TokenPredictor<Recorded<State>> {
    const { tokenizer, stateBytes } = predictor;
    return {
      tokenizer,
      stateBytes,
      next: async (before, rows, ids) => {
        const { logProbabilities, state } = await predictor.next(before?.state, rows, ids);
        const { vocabularySize } = tokenizer;
        const said = Array.from(rows, (row, k) => {
          const parent = before?.said[row];
          const own = logProbabilities.subarray(k * vocabularySize, (k + 1) * vocabularySize);
          const made = this.#made(own, parent ? parent.depth + 1 : 0, tokenizer.eosId);
          if (parent && (this.#keepsPrompt || made.depth > this.#promptIds.length))
            parent.next.set(ids[k] as number, made);
          else this.#first = made;
          return made;
        });
        return { logProbabilities, state: { state, said } };
      },
      free: ({ state }) => predictor.free(state),
    };
  }

  #made(logProbabilities: Float32Array, depth: number, eosId: number): Distribution {
    const best = this.#count === 0 ? [] : mostProbable(logProbabilities, this.#count);
    return {
      depth,
      top: best.map((id) => [id, logProbabilities[id] as number]),
      ofPrompt: logProbabilities[this.#promptIds[depth] ?? -1] ?? Number.NaN,
      ofEos: logProbabilities[eosId] as number,
      next: new Map(),
    };
  }
}
