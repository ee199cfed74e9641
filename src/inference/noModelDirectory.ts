import { InvalidArgumentError } from '../errors.js';

/**
 * What bundlers for pages have in place of `readModelDirectory.node.ts`, as the field `browser` in `package.json` says.
 * @throws {InvalidArgumentError} always: a page reads no path.
 */
export async function readModelDirectory(): Promise<never> {
  throw new InvalidArgumentError('Expected source to be a URL or files, for there is no Node.js here, got a path', {
    options: ['source'],
  });
}
