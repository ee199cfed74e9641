import type { TopLevelSpec } from 'vega-lite';

/** A plot before it is drawn. */
export interface Plot {
  /** The name of its file, without `.svg`; unique in a report. */
  readonly name: string;
  /** What it shows, for readers who cannot see it. */
  readonly description: string;
  readonly spec: TopLevelSpec;
}
