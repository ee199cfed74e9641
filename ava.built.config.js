import own from './ava.config.js';

/** The longest begin first, so that none of them is left when the others are over. */
const LONGEST = [
  'unit/model',
  'unit/scripts',
  'unit/training',
  'contracts/engines',
  'unit/inference',
  'unit/run',
  'unit/pipeline',
  'unit/lab',
  'unit/scripts/flags',
  'process/workers',
  'unit/decoding',
  'process/commands/corpus',
  'unit/lab/gradientFlow',
  'contracts/fuzz/options',
  'contracts/leaks',
];
const place = (file) => (LONGEST.findIndex((name) => file.endsWith(`${name}.test.js`)) + 1 || LONGEST.length + 1) - 1;

// What `npm test` runs: the tests as tsconfig.test.json compiled them, in the processes that test/groups.mjs made.
export default {
  files: ['build/groups/**/*.test.js'],
  require: ['./build/test/support/ownSourceMaps.js'],
  workerThreads: own.workerThreads,
  sortTestFiles: (one, other) => place(one.replaceAll('\\', '/')) - place(other.replaceAll('\\', '/')),
  timeout: '5m',
};
