import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

/** Tests run as they are written, or, by `npm test`, compiled. */
const EXTENSION = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
const PACKAGE = createRequire(import.meta.url).resolve('babblebrook/package.json');

/** A file of the package, by its path from the root: `docs/cells.md`. */
export function fileAt(path: string): URL {
  return new URL(path, `file://${PACKAGE}`);
}

/** A file in `test/fixtures`, by its path from there. */
export function fixtureAt(path: string): URL {
  return fileAt(`test/fixtures/${path}`);
}

/** A module that can be imported here, by the path of its source: `src/index.ts`, or what was compiled of it. */
export function moduleAt(path: string): URL {
  return new URL(`../../${path.replace(/\.ts$/, EXTENSION)}`, import.meta.url);
}

/** What Node needs to be told to run such modules. */
export const LOADER: readonly string[] = EXTENSION === '.ts' ? ['--import=tsx'] : [];

/** What Node needs to be told to run a program, by the path of its source: `scripts/train.ts`, and its arguments. */
export function programAt(path: string, ...args: readonly string[]): string[] {
  return [...LOADER, fileURLToPath(moduleAt(path)), ...args];
}

/** The same as words of a shell: arguments and redirections may follow. */
export function commandAt(path: string): string {
  return [process.execPath, ...programAt(path)].map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
}

/** What Node needs to be told to run an example as it is written, whatever was compiled: it imports babblebrook by its name. */
export function exampleAt(path: string, ...args: readonly string[]): string[] {
  return ['--import=tsx', fileURLToPath(fileAt(`examples/${path}`)), ...args];
}
