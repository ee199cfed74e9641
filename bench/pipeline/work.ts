/** What a program of the pipeline bench prints, as a line of JSON. */
export interface Work {
  readonly sentences: number;
  readonly tokens: number;
  /** Places in batches, padding counted. */
  readonly places: number;
  readonly batches: number;
  readonly seconds: number;
}

/** The budget of a batch. */
export const MAX_TOKENS = 6400;
/** How many sentences the shuffle holds. */
export const BUFFER_SIZE = 4096;

/** Prints what was done, with the largest memory that the process had, in megabytes. */
export function report(work: Work): void {
  console.log(JSON.stringify({ ...work, peakMemory: process.resourceUsage().maxRSS / 1024 }));
}
