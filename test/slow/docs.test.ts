import { existsSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { fileAt } from '../support/places.js';
import { runProgram } from '../support/runProgram.js';
import { temporaryDirectory } from '../support/temporaryFiles.js';

test('npm run docs makes the reference: every public name is documented, and no link is dead', async (t) => {
  const out = await temporaryDirectory(t);
  // A warning is an error: typedoc.json says so.
  const { code, stdout, stderr } = await runProgram('npm', ['run', 'docs', '--', '--out', out]);
  t.is(code, 0, stdout + stderr);
  t.true(existsSync(join(out, 'classes', 'index.LanguageModel.html')));
});

test('npm run docs:site makes a site of the pages and the reference, in which no link between pages is dead', async (t) => {
  const { code, stdout, stderr } = await runProgram('npm', ['run', 'docs:site']);
  t.is(code, 0, stdout + stderr);
  for (const page of ['index', 'docs/lab', 'docs/decisions/index', 'api/index', 'see'])
    t.true(existsSync(fileAt(`site/dist/${page}.html`)), page);
});
