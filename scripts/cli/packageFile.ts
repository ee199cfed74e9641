import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** The path of a file that the package ships, such as `package.json`: a checkout has it at the same place. */
export function packageFile(name: string): string {
  // By the package's own name, for compiled files lie deeper than their sources.
  const root = dirname(createRequire(import.meta.url).resolve('babblebrook/package.json'));
  return join(root, name);
}
