import { readdirSync, readFileSync } from 'node:fs';
import test from 'ava';
import { pipeline } from '../../src/pipeline/pipeline.js';
import { CountingSource } from '../support/CountingSource.js';
import { collect } from '../support/collect.js';
import { fileAt } from '../support/places.js';
import { mapAsync } from './operators/mapAsync.js';
import { plainSentences } from './operators/plainSentences.js';

const read = (path: string): string => readFileSync(fileAt(path), 'utf8');
const page = read('docs/operators.md');

/** The code of the page, by the name of its file. */
const code = new Map(
  [...page.matchAll(/^```ts title="(.+)"\n([\s\S]*?)^```$/gm)].map(([, name = '', text = '']) => [name, text]),
);

test('the page and the files that are compiled and run hold the same code', (t) => {
  const files = readdirSync(fileAt('test/docs/operators/'));
  t.deepEqual([...code.keys()].sort(), files.sort());
  for (const name of files)
    t.is(
      code.get(name),
      read(`test/docs/operators/${name}`).replaceAll("'../../../src/index.js'", "'babblebrook'"),
      name,
    );
});

/** The rows of the table: name, and the types that go in and come out. */
const rows = new Map(
  [...page.matchAll(/^\| `([\w.]+)` \| `(\w+)` \| `(\w+)` \|/gm)].map(([, name = '', takes, gives]) => [
    name,
    [takes, gives],
  ]),
);

/** The first lines of functions and methods. */
const HEAD = /^(?:export function | {2})(\w+)[<(][\s\S]*?[^(]\{$/gm;
const RESULT = /\): (?:MonoTypeOperatorFunction<(\w+)>|OperatorFunction<(\w+), (\w+)>) \{$/;

/** The functions and methods that return an operator, with its types. */
const operators = readdirSync(fileAt('src/pipeline/')).flatMap((file) =>
  [...read(`src/pipeline/${file}`).matchAll(HEAD)].flatMap(([head, name]) => {
    const [, both, takes = both, gives = both] = RESULT.exec(head) ?? [];
    const owner = head.startsWith('export') ? '' : file.replace(/ts$/, '');
    return takes === undefined ? [] : [[`${owner}${name}`, [takes, gives]] as const];
  }),
);

test('the table has every operator, with what it takes and gives', (t) => {
  t.true(operators.length >= 13, String(operators));
  for (const [name, types] of operators) t.deepEqual(rows.get(name), types, name);
  t.deepEqual([...rows.keys()].sort(), [...operators.map(([name]) => name), 'train'].sort());
});

test('plainSentences does what its example says', async (t) => {
  t.deepEqual(await collect(pipeline(['“Yes.”', '“We will.”'], plainSentences(2))), ['"We will."']);
});

test('mapAsync is a source that never runs ahead', async (t) => {
  const source = new CountingSource();
  const seen: number[] = [];
  for await (const number of pipeline(mapAsync(source, async (n) => 10 * n))) {
    seen.push(number);
    t.true(source.reads <= seen.length + 1);
    if (seen.length === 3) break;
  }
  t.deepEqual(seen, [0, 10, 20]);
  t.is(source.closed, 1);
});
