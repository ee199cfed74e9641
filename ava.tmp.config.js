export default { files: ['runs/b2/test/**/*.test.js'], workerThreads: false, timeout: '10m', concurrency: 2 };
