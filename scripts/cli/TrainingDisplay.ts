import type { Writable } from 'node:stream';
import type { EpochMetrics, TrainingStep } from '../../src/index.js';
import { describeLoss } from './describeTraining.js';
import { liveLine } from './liveLine.js';
import type { TextSize } from './trainingText.js';

/** How far a training is, from 0 to 1, given its latest step. */
export type Share = (step: TrainingStep) => number;

const BAR_WIDTH = 20;

/** Tells of a training on standard error: a live bar in a terminal, and a line per epoch anywhere. */
export class TrainingDisplay {
  readonly #stderr: Writable;
  readonly #live: ReturnType<typeof liveLine>;
  readonly #share: Share;
  readonly #charactersPerToken: number;
  /** Smoothed, since batches differ in length and so in speed. */
  #tokensPerSecond = 0;
  #loss = 0;
  #begun = false;

  constructor(stderr: Writable, share: Share, { characters, tokens }: Pick<TextSize, 'characters' | 'tokens'>) {
    this.#stderr = stderr;
    this.#live = liveLine(stderr);
    this.#share = share;
    this.#charactersPerToken = characters / tokens;
  }

  /** Shows a line for good. */
  note(line: string): void {
    this.#live?.clear();
    this.#stderr.write(`${line}\n`);
  }

  step(step: TrainingStep): void {
    const keep = this.#begun ? 0.9 : 0;
    this.#begun = true;
    this.#tokensPerSecond = keep * this.#tokensPerSecond + (1 - keep) * step.tokensPerSecond;
    this.#loss = keep * this.#loss + (1 - keep) * step.loss;
    this.#live?.(this.#bar(step));
  }

  epoch({ epoch, seconds, trainNatsPerToken, validNatsPerToken, ...metrics }: EpochMetrics, sample: string): void {
    const facts = [
      `epoch ${epoch}`,
      clock(seconds),
      `train ${trainNatsPerToken.toFixed(3)}`,
      ...describeLoss(validNatsPerToken, metrics.validBitsPerCharacter),
      `${Math.round(metrics.tokensPerSecond)} tokens/s`,
      `padding ${(100 * metrics.padding).toFixed(1)} %`,
    ];
    this.note(`${facts.join(' | ')}\n${sample.replaceAll(/^/gm, '  ')}`);
  }

  #bar(step: TrainingStep): string {
    const share = Math.min(1, this.#share(step));
    const filled = Math.round(share * BAR_WIDTH);
    const left = share > 0 ? (step.seconds * (1 - share)) / share : Infinity;
    const facts = [
      '█'.repeat(filled) + '░'.repeat(BAR_WIDTH - filled),
      `epoch ${step.epoch + 1}`,
      `loss ${this.#loss.toFixed(3)}`,
      `${(this.#loss / Math.LN2 / this.#charactersPerToken).toFixed(3)} bits/char`,
      `${Math.round(this.#tokensPerSecond)} tokens/s`,
      `${clock(left)} left`,
    ];
    return facts.join(' ');
  }
}

/** Seconds as minutes and seconds: 83 → 1:23. */
function clock(seconds: number): string {
  if (!Number.isFinite(seconds)) return '–:––';
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}
