import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { fileAt } from '../support/places.js';
import { runNode } from '../support/runProgram.js';
import { temporaryDirectory } from '../support/temporaryFiles.js';

test('an ES module that is taken for CommonJS is an InvalidArgumentError that says how to name it', async (t) => {
  const path = join(await temporaryDirectory(t), 'mine.ts');
  writeFileSync(path, 'await 0;\nexport const mine = undefined;\n');
  // As in a clone, whose loader reads TypeScript.
  const { stdout } = await runNode([
    ...['--import=tsx', '--input-type=module', '--eval'],
    `const { loadCell } = await import('${fileAt('scripts/cli/loadCell.ts')}');
    await loadCell(${JSON.stringify(path)}).catch(({ name, message }) => console.log(name, message));`,
  ]);
  t.regex(stdout, /^InvalidArgumentError Expected cell to be a module that can be loaded, got /);
  t.regex(stdout, /\(name it \.mjs or \.mts, or set "type": "module"/);
});
