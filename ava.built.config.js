import own from './ava.config.js';

// What `npm test` runs: the tests as tsconfig.test.json compiled them.
export default {
  files: ['build/test/**/*.test.js', '!build/test/slow/**'],
  workerThreads: own.workerThreads,
  timeout: own.timeout,
};
