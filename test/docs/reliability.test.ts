import { existsSync, readFileSync } from 'node:fs';
import test from 'ava';
import { fileAt } from '../support/places.js';

const PAGES = ['docs/reliability.md', 'docs/cluster.md'];

/** The rows of the tables of promises: the last column names files of tests, from `test/`. */
const promises = PAGES.flatMap((page) => [
  ...readFileSync(fileAt(page), 'utf8').matchAll(/^\| promise \| .*\n\|.*\n((?:\|.*\n)+)/gm),
])
  .flatMap(([, rows = '']) => rows.trimEnd().split('\n'))
  .map((row) => row.split(' | '));

test('each promise of docs/reliability.md and docs/cluster.md is held by tests, which are there', (t) => {
  t.true(promises.length > 30);
  for (const [promise, files = ''] of promises) {
    const names = [...files.matchAll(/`([^`]+)`/g)].map(([, name]) => name);
    t.true(names.length > 0, promise);
    for (const name of names)
      t.true(/^npm run soak\b/.test(`${name}`) || existsSync(fileAt(`test/${name}.test.ts`)), name);
  }
});
