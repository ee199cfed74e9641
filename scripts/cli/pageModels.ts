import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { packageFile } from './packageFile.js';

/** A model that the page shows. */
export interface PageModel {
  readonly name: string;
  /** What it is, in a word or two. */
  readonly title: string;
  /** The directory of its run. */
  readonly run: string;
}

/** The files that a saved model may have, which a page may read. */
export const MODEL_FILES = ['config.json', 'cell.json', 'model.safetensors', 'tokenizer.json', 'tokenizer.model'];

/** Held-out text, beside the models of a run. */
export const PASSAGES_FILE = 'passages.txt';

/** The models that come with the package, one for each cell. */
const EXAMPLES: Readonly<Record<string, string>> = {
  gru: 'models/state-of-the-union',
  lstm: 'models/lstm',
  rnn: 'models/rnn',
};

/** The models of runs by the names of their directories, and behind them the examples. */
export function pageModels(runs: readonly string[]): PageModel[] {
  const own = runs.map((run) => ({ name: basename(resolve(run)), title: basename(resolve(run)), run: resolve(run) }));
  const examples = Object.entries(EXAMPLES).map(([cell, path]) => ({
    name: basename(path),
    title: `${basename(path)} (${cell.toUpperCase()}, an example)`,
    run: packageFile(path),
  }));
  const taken = new Set(own.map(({ name }) => name));
  const others = examples.filter(({ name, run }) => !taken.has(name) && existsSync(join(run, 'best')));
  // One of the runs may be an example: it is called like one.
  const titled = own.map((model) => examples.find(({ run }) => run === model.run) ?? model);
  return [...titled, ...others];
}
