// One test file as it is written: `npx ava test/unit/random.test.ts`. `npm test` and `npm run test:slow` compile all first.
export default {
  files: ['test/**/*.test.ts'],
  extensions: { ts: 'module' },
  nodeArguments: ['--import=tsx'],
  // Child processes, not worker threads: TensorFlow reads its environment only in a main thread.
  workerThreads: false,
  timeout: '10m',
};
