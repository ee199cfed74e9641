import built from './ava.built.config.js';

// What `npm run test:slow` runs.
export default { ...built, files: ['build/test/slow/**/*.test.js'], timeout: '20m' };
