import { readdirSync, readFileSync } from 'node:fs';
import test from 'ava';
import { fileAt } from '../support/places.js';

const read = (path: string): string => readFileSync(fileAt(path), 'utf8');
const page = read('docs/lab.md');

/** The programs of the page, by the name of their file. */
const programs = new Map(
  [...page.matchAll(/^```ts title="examples\/lab\/(.+)"\n([\s\S]*?)^```$/gm)].map(([, name = '', code = '']) => [
    name,
    code,
  ]),
);

test('the page shows the programs of examples/lab, which are run, and no others', (t) => {
  const files = readdirSync(fileAt('examples/lab/'));
  t.deepEqual([...programs.keys()].sort(), files.sort());
  for (const name of files) t.is(programs.get(name), read(`examples/lab/${name}`), name);
  t.is(page.match(/^```ts/gm)?.length, files.length);
});

test('each step has a program, what it prints, a question, an exercise and a solution', (t) => {
  const [steps = '', solutions = ''] = page.split(/^## Solutions$/m);
  const parts = steps.split(/^## \d+\. /m).slice(1);
  t.is(parts.length, 10);
  for (const [index, part] of parts.entries()) {
    for (const piece of ['```ts title=', '```text', '**Question.**', '**Exercise.**'])
      t.true(part.includes(piece), part);
    t.regex(solutions, new RegExp(`^### Solution ${index + 1}$`, 'm'));
  }
});
