/**
 * Seeds of searches are so far from those of the runs: a seed that a rate was chosen with is not measured with. A comparison has
 * fewer runs of a cell than this.
 */
export const SEARCH_SEEDS = 1000;
