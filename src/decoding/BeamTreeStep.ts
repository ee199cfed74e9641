/** A hypothesis in the tree of a beam search: what it goes on from, and its last token. */
export interface BeamNode {
  /** Nodes are counted as they are made: step by step, within one the most probable first. 0 is the root, before any token. */
  readonly node: number;
  /** The node that it goes on from. */
  readonly parent: number;
  /** Its last token; EOS where that has come. */
  readonly id: number;
  /** Log-probability that the model gave that token, in nats. */
  readonly tokenLogProbability: number;
  /** Sum of the log-probabilities that it is ranked by, in nats. */
  readonly logProbability: number;
  /** What finished hypotheses are compared by: `logProbability` over the length penalty. */
  readonly score: number;
  /** The highest score that it can still reach; of one that has ended, its score. */
  readonly bound: number;
  /**
   * `live`: it goes on. `finished`: it has ended, by EOS, a stop string or at `maxLength`. `beaten`: its bound is not above the score of the
   * best finished one, so that it cannot win any more.
   */
  readonly fate: 'live' | 'finished' | 'beaten';
}

/** A hypothesis that was live, and from which nothing goes on. */
export interface LeftNode {
  /** Its number, as in `BeamNode`. */
  readonly node: number;
  /** `others`: as many others as there are beams are more probable than all that it could become. `no token`: none may follow it. */
  readonly why: 'others' | 'no token';
}

/** What a time step of a beam search adds to its tree. */
export interface BeamTreeStep {
  /** The time step, from 1. */
  readonly step: number;
  /** The hypotheses that it made, the most probable first: as many as there are beams at most. */
  readonly made: readonly BeamNode[];
  /** Of those that were live before, the ones that none of these goes on from. */
  readonly left: readonly LeftNode[];
  /** The last node that all share that can still win: the result begins with the tokens on the way to it, whatever comes. */
  readonly committed: number;
  /** The best finished node; `undefined`: none has ended yet. */
  readonly best: number | undefined;
  /** Whether the search is over: `best` is its result. */
  readonly done: boolean;
}
