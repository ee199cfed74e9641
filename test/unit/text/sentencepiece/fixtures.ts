import { readFileSync } from 'node:fs';
import { fixture } from '../../../support/trainingText.js';

/** What Google's library for Python says of a model. Its ids are the model's own. */
interface Expectation {
  readonly size: number;
  readonly pad: number;
  readonly eos: number;
  readonly unknown: number;
  /** Tokens of `manySentences` in all, and the SHA-256 of their ids as JSON. */
  readonly tokens: number;
  readonly sha256: string;
  /** Ids of the hard strings. */
  readonly hard: number[][];
  /** Random ids, and their text. */
  readonly decoded: [ids: number[], text: string][];
}

export const { hard: hardStrings, models } = JSON.parse(readFileSync(fixture('expected.json'), 'utf8')) as {
  hard: string[];
  models: Record<string, Expectation>;
};
