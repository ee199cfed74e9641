/** What members have learned in a round, and where they began. */
export interface RoundSum {
  /** The weights that all began with. */
  readonly before: Float32Array;
  /** The mean of the weights that they ended with, each as heavy as its steps are many. */
  readonly mean: Float32Array;
  /** Steps of all members together. */
  readonly steps: number;
  /** What was kept from the rounds before, by name; zeros at first. */
  readonly slots: Readonly<Record<string, Float32Array>>;
}

/** How the members' weights change those that all begin the next round with: a pure function. */
export interface OuterOptimizer {
  /** What it is, with its settings, as plain data: members with different ones are refused. */
  readonly settings: Readonly<Record<string, string | number>>;
  /** Names of what it keeps from round to round, each of the weights' size. */
  readonly slots: readonly string[];
  /** The weights of the next round, and what is kept for it. */
  update(sum: RoundSum): {
    /** That all begin the next round with. */
    weights: Float32Array;
    /** What is kept, by name. */
    slots: Readonly<Record<string, Float32Array>>;
  };
}
