import { relative } from 'node:path';
import { packageFile } from './packageFile.js';

/** The corpus that comes with the package, as a path from here: the default of `--corpus`. */
export function bundledCorpus(): string {
  return relative('', packageFile('corpus/state-of-the-union.txt'));
}
