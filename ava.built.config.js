import { availableParallelism } from 'node:os';
import own from './ava.config.js';

/** Sorts files: those that take longest begin first, so that none of them is left when the others are over. */
export function longestFirst(names) {
  const place = (file) => {
    const at = names.findIndex((name) => file.replaceAll('\\', '/').endsWith(`${name}.test.js`));
    return at < 0 ? names.length : at;
  };
  return (one, other) => place(one) - place(other);
}

const LONGEST = [
  'unit/cluster',
  'unit/scripts',
  'unit/model',
  'unit/training',
  'contracts/engines',
  'unit/inference',
  'unit/sources',
  'unit/scripts/flags',
  'process/workers',
  'unit/text',
  'unit/pipeline',
  'unit/run',
  'unit/lab',
  'contracts/fuzz/options',
  'process/commands/corpus',
  'unit/decoding',
  'process/commands/workers',
  'process/commands/streams',
  'process/commands/serve',
  'contracts/cells',
  'contracts/leaks',
  'docs',
  'unit/lab/gradientFlow',
];

// What `npm test` runs: the tests as tsconfig.test.json compiled them, in the processes that test/groups.mjs made.
export default {
  files: ['build/groups/**/*.test.js'],
  require: ['./build/test/support/ownSourceMaps.js', './build/test/support/stuck.js'],
  workerThreads: own.workerThreads,
  sortTestFiles: longestFirst(LONGEST),
  // One more than there are cores, for some wait: for a child, a socket, a clock.
  concurrency: availableParallelism() + 1,
  timeout: '5m',
};
