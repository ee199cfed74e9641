// npm run test:coverage: runs the compiled tests, or those that are named, and prints which lines of src/ and scripts/ they ran.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const directory = `${root}runs/coverage`;
rmSync(directory, { recursive: true, force: true });

const node = (args, env = {}) =>
  spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } }).status ?? 1;
const tests = node(
  ['node_modules/ava/entrypoints/cli.mjs', '--config', 'ava.built.config.js', ...process.argv.slice(2)],
  { BABBLEBROOK_COVERAGE: directory, NODE_OPTIONS: `--import=${new URL('collect.mjs', import.meta.url)}` },
);
const report = node([
  ...['node_modules/c8/bin/c8.js', 'report', '--temp-directory', directory, '--merge-async', '--exclude-after-remap'],
  ...['--include', 'src/**', '--include', 'scripts/**', '--reporter', 'text', '--reporter', 'text-summary'],
]);
process.exitCode = tests || report;
