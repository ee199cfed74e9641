import { relative } from 'node:path';
import { packageFile } from './packageFile.js';

/** The model that comes with the package, as a path from here: the default of `serve --run`. */
export function exampleModel(): string {
  return relative('', packageFile('models/state-of-the-union'));
}
