import { readFileSync } from 'node:fs';
import test from 'ava';
import { globSync } from 'tinyglobby';
import { fileAt } from '../support/places.js';
import { ROOT } from '../support/typescript.js';

test('npm run test:slow runs every file whose sweeps are samples in npm test', async (t) => {
  const sampled = globSync('test/**/*.test.ts', { cwd: ROOT }).filter((path) =>
    readFileSync(fileAt(path), 'utf8').match(/from '.*support\/sweeps\.js'/),
  );
  const { default: slow }: { default: { files: readonly string[] } } = await import(fileAt('ava.slow.config.js').href);
  t.deepEqual(
    sampled.map((path) => `build/${path.replace(/ts$/, 'js')}`).sort(),
    slow.files.filter((path) => !path.includes('*')).sort(),
  );
});
