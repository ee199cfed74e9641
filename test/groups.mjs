// After the compilation of the tests: writes what `npm test` runs to build/groups/, a file for each process. A process takes about a
// second of a core to start, with TensorFlow, so the tests of a folder share one, but for those that import support/ownProcess.ts, and
// those in process/, which are about processes.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, relative } from 'node:path/posix';
import { fileURLToPath } from 'node:url';
import { globSync } from 'tinyglobby';

const BUILD = fileURLToPath(new URL('../build/', import.meta.url));
const TEST = /\.test\.js$/;

/** Names of processes, and the paths of the tests that each runs, below build/test/. */
function processes() {
  const groups = new Map();
  for (const path of globSync('**/*.test.js', { cwd: `${BUILD}test`, ignore: 'slow/**' }).sort()) {
    const isAlone =
      path.startsWith('process/') || readFileSync(`${BUILD}test/${path}`, 'utf8').includes('/ownProcess.js');
    const name = isAlone ? path.replace(TEST, '') : dirname(path).split('/').slice(0, 2).join('/');
    groups.set(name, [...(groups.get(name) ?? []), path]);
  }
  return groups;
}

for (const [name, paths] of processes()) {
  const entry = `${BUILD}groups/${name}.test.js`;
  const from = (path) => JSON.stringify(relative(dirname(entry), `${BUILD}test/${path}`));
  const named = paths.map((path) => [relative(name, path.replace(TEST, '')).replaceAll('/', ' › '), path]);
  const isAlone = paths.length === 1 && named[0][0] === '';
  mkdirSync(dirname(entry), { recursive: true });
  writeFileSync(
    entry,
    isAlone
      ? `import ${from(paths[0])};\n`
      : `import { runGroup } from ${from('support/group.js')};\n` +
          `await runGroup({\n${named.map(([title, path]) => `  ${JSON.stringify(title)}: () => import(${from(path)}),\n`).join('')}});\n`,
  );
}

// Tests of a group declare themselves to it, and it to ava.
for (const path of globSync('**/*.js', { cwd: `${BUILD}test`, ignore: 'support/group.js' })) {
  const group = relative(dirname(path), 'support/group.js');
  const text = readFileSync(`${BUILD}test/${path}`, 'utf8');
  const changed = text.replace(
    /^(import test\b.*) from 'ava';$/m,
    `$1 from '${group.startsWith('.') ? group : `./${group}`}';`,
  );
  if (changed !== text) writeFileSync(`${BUILD}test/${path}`, changed);
}
