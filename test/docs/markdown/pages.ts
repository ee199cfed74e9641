import { readFileSync } from 'node:fs';
import { globSync } from 'tinyglobby';
import { fileAt } from '../../support/places.js';
import { ROOT } from '../../support/typescript.js';

/** Every page, by its path from the package's root. */
export const pages: ReadonlyMap<string, string> = new Map(
  globSync(['*.md', 'docs/**/*.md', 'corpus/*.md', 'examples/*.md', 'test/fixtures/*/README.md'], { cwd: ROOT })
    .sort()
    .map((path) => [path, readFileSync(fileAt(path), 'utf8')]),
);
