export default {
  files: ['test/**/*.test.ts', '!test/slow/**'],
  extensions: { ts: 'module' },
  nodeArguments: ['--import=tsx'],
  // Child processes, not worker threads: TensorFlow reads its environment only in a main thread.
  workerThreads: false,
  timeout: '2m',
};
