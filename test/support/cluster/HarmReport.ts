/** What was done to a job, and what came of it. */
export interface HarmReport {
  readonly kills: number;
  readonly serverKills: number;
  readonly zombies: number;
  /** Of pieces, or of a training's batches: those that do not count, and those that count twice. */
  readonly lost: number;
  readonly doubled: number;
  /** Whether the result is that of one machine: the sentences; or the weights, of all members. */
  readonly isExact: boolean;
}
