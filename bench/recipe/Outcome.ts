/** What a training gave. */
export interface Outcome {
  readonly parameters: number;
  readonly steps: number;
  /** Of training. */
  readonly seconds: number;
  /** Unmasked tokens that were learned from, EOS counted. */
  readonly tokens: number;
  /** Of the validation text, when the time is over; EOS counts as a character. */
  readonly natsPerCharacter: number;
}
