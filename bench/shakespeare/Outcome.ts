/** What a training gave. */
export interface Outcome {
  readonly parameters: number;
  readonly steps: number;
  /** Of training. */
  readonly seconds: number;
  /** Over the whole last tenth. */
  readonly natsPerCharacter: number;
}
