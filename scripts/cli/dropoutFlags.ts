import { type Dropout, dropoutPlaces } from '../../src/index.js';
import type { TrainFlags } from './TrainFlags.js';

/** Flags by the place that they are of. */
const FLAGS = {
  output: 'dropout',
  input: 'dropoutInput',
  state: 'dropoutState',
  embedding: 'dropoutEmbedding',
  recurrentWeights: 'dropoutWeights',
  perSequence: 'dropoutPerSequence',
  risingEpochs: 'dropoutEpochs',
} as const satisfies Record<keyof Dropout, keyof TrainFlags>;

/** Flags that say what is dropped. */
export type DropoutFlags = Pick<TrainFlags, (typeof FLAGS)[keyof typeof FLAGS]>;

/** What flags say of dropout. */
export function dropoutOf(flags: DropoutFlags): Partial<Dropout> {
  const places = Object.entries(FLAGS).map(([place, flag]) => [place, flags[flag]]);
  return Object.fromEntries(places.filter(([, value]) => value !== undefined));
}

/** The flags that say what a model drops. */
export function flagsOfDropout(dropout: number | Dropout): DropoutFlags {
  const { output, input, state, embedding, recurrentWeights, perSequence, risingEpochs } = dropoutPlaces(dropout);
  return {
    ...{ dropout: output, dropoutInput: input, dropoutState: state, dropoutEmbedding: embedding },
    ...{ dropoutWeights: recurrentWeights, dropoutPerSequence: perSequence, dropoutEpochs: risingEpochs },
  };
}

/** Whether somebody has set one of the flags that say what is dropped, whatever that of how it rises says. */
export function asksForDropout(asked: ReadonlySet<string>): boolean {
  return Object.values(FLAGS).some((flag) => flag !== FLAGS.risingEpochs && asked.has(flag));
}
