import type { WeightLayout } from '../../../src/cluster/training/WeightLayout.js';
import { type Batch, type LanguageModel, Trainer, type TrainOptions } from '../../../src/index.js';
import type { RoundsModel } from '../../../src/run/Rounds.js';
import { roundsModel } from '../../../src/run/roundsModel.js';

/** A piece of the text: its batches, by the epoch. */
export type TextPiece = (epoch: number) => AsyncIterable<Batch>;

/** One member of a training whose members take turns. */
export class TurnMember {
  /** Steps since the round began. */
  steps = 0;
  readonly #model: RoundsModel;
  readonly #trainer: Trainer;
  #batches: AsyncIterator<Batch> | undefined;

  constructor(model: LanguageModel, options: TrainOptions) {
    this.#model = roundsModel(model);
    this.#trainer = new Trainer(model, options);
  }

  /** Learns from the next batch of its piece, or of one that it takes; gives the tokens, 0 where no piece is left. */
  async step(take: () => AsyncIterable<Batch> | undefined): Promise<number> {
    for (;;) {
      this.#batches ??= take()?.[Symbol.asyncIterator]();
      if (!this.#batches) return 0;
      const next = await this.#batches.next();
      if (next.done) {
        this.#batches = undefined;
        continue;
      }
      this.steps++;
      return this.#trainer.step(next.value).tokens;
    }
  }

  /** Its weights. */
  weights(layout: WeightLayout): Float32Array {
    return layout.join(this.#model.weights());
  }

  /** Goes on from other weights, in a new round; what the optimizer remembers stays. */
  begin(layout: WeightLayout, weights: Float32Array): void {
    this.#model.assign(layout.split(weights));
    this.steps = 0;
  }

  async end(): Promise<void> {
    await this.#batches?.return?.();
    this.#trainer.dispose();
  }
}
