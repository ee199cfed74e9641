import { sequencesOf } from '../pipeline/sequencesOf.js';
import type { TrainingStep } from '../training/TrainingStep.js';

/** Turns steps into the numbers that are logged: some are of one step, some of all steps since the last that was logged. */
export class StepScalars {
  #steps = 0;
  #clipped = 0;
  #tokens = 0;
  #padding = 0;
  #seconds = 0;

  add({ tokens, paddedPlaces, tokensPerSecond, gradientNorm, clippedNorm }: TrainingStep): void {
    this.#steps++;
    if (clippedNorm < gradientNorm) this.#clipped++;
    this.#tokens += tokens;
    this.#padding += paddedPlaces;
    this.#seconds += tokens / tokensPerSecond;
  }

  /** The numbers of the step that was added last, by tag, and of those before it; then begins anew. */
  take(step: TrainingStep): Readonly<Record<string, number>> {
    const scalars = {
      'loss/train': step.loss,
      'bits_per_character/train': bitsPerCharacter(step),
      'gradient_norm/before_clipping': step.gradientNorm,
      'gradient_norm/after_clipping': step.clippedNorm,
      'gradient_norm/clipped_steps': this.#clipped / this.#steps,
      'training/learning_rate': step.learningRate,
      'training/tokens_per_second': this.#tokens / this.#seconds,
      'training/padding': this.#padding / (this.#padding + this.#tokens),
    };
    this.#steps = this.#clipped = this.#tokens = this.#padding = this.#seconds = 0;
    return scalars;
  }
}

/** As `evaluate` counts: EOS is one character. */
function bitsPerCharacter(step: TrainingStep): number {
  const { model, batch } = step.inspect();
  let characters = 0;
  for (const sequence of sequencesOf(batch)) characters += model.tokenizer.characterCount(sequence);
  return (step.loss * step.tokens) / Math.LN2 / characters;
}
