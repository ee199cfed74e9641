import { eventLoopTurns } from '../eventLoop.js';
import type { Tokenizer } from '../text/Tokenizer.js';
import type { NetworkRun } from './NetworkRun.js';

/** What a model reads, and what it is to predict. */
export interface ReadSequence {
  /** What it reads to begin. */
  readonly first: number;
  /** What it predicts: the first of them behind `first`, each other behind the one before. */
  readonly ids: Int32Array;
}

/** What follows EOS in a sentence that goes on from others, EOS at its end. */
export function sequenceOf(tokenizer: Tokenizer, sentence: string, start: Int32Array = new Int32Array()): ReadSequence {
  const { eosId } = tokenizer;
  const own = tokenizer.encode(sentence);
  const ids = new Int32Array(start.length + own.length + 1).fill(eosId);
  ids.set(start);
  ids.set(own, start.length);
  return { first: eosId, ids };
}

/** What is read at each time step. */
export function inputsOf(sequence: ReadSequence): Int32Array {
  return sequence.ids.map((_, step) => inputAt(sequence, step));
}

/** Lets a model read sequences whose ids are known. */
export class SequenceReader {
  readonly #run: NetworkRun;
  readonly #vocabularySize: number;

  constructor(run: NetworkRun, vocabularySize: number) {
    this.#run = run;
    this.#vocabularySize = vocabularySize;
  }

  /** The log-probabilities of sequences, those behind the first `from` ids, in nats. */
  async read(sequences: readonly ReadSequence[], from = 0): Promise<Float32Array[]> {
    const read = sequences.map(({ ids }) => new Float32Array(ids.length - from));
    const numbers = new Float32Array(sequences.length * this.#vocabularySize);
    await this.eachStep(sequences, (step, live) => {
      if (step < from) return;
      this.#run.logProbabilitiesInto(numbers, 0, live.length);
      for (const [row, sequence] of live.entries()) {
        const id = sequences[sequence]?.ids[step] as number;
        (read[sequence] as Float32Array)[step - from] = numbers[row * this.#vocabularySize + id] as number;
      }
    });
    return read;
  }

  /** Reads sequences side by side, at most `MOST_ROWS`; after each time step, `look` is told which of them are in which row. */
  async eachStep(
    sequences: readonly ReadSequence[],
    look: (step: number, live: readonly number[]) => void,
  ): Promise<void> {
    const turn = eventLoopTurns();
    let live = [...sequences.keys()];
    let rows = new Int32Array(live.length).fill(-1);
    const room = live.length * this.#run.network.stateWidth;
    let [before, after] = [new Float32Array(room), new Float32Array(room)];
    for (let step = 0; live.length > 0; step++) {
      const ids = Int32Array.from(live, (sequence) => inputAt(sequences[sequence] as ReadSequence, step));
      this.#run.step(before, rows, ids, after, { first: 0, count: live.length });
      look(step, live);
      [before, after] = [after, before];
      const goesOn = live.map((sequence) => step + 1 < (sequences[sequence]?.ids.length ?? 0));
      rows = Int32Array.from(live.keys()).filter((row) => goesOn[row]);
      live = live.filter((_, row) => goesOn[row]);
      await turn();
    }
  }
}

function inputAt({ first, ids }: ReadSequence, step: number): number {
  return step === 0 ? first : (ids[step - 1] as number);
}
