import { readFileSync } from 'node:fs';
import { globSync } from 'tinyglobby';
import built, { longestFirst } from './ava.built.config.js';

/** Files whose sweeps are samples in `npm test`: those that import test/support/sweeps.ts. */
const sampled = globSync('test/**/*.test.ts', { cwd: import.meta.dirname })
  .filter((path) => readFileSync(new URL(path, import.meta.url), 'utf8').includes('/support/sweeps.js'))
  .map((path) => `build/${path.replace(/ts$/, 'js')}`);

// What `npm run test:slow` runs.
export default {
  ...built,
  files: ['build/test/slow/**/*.test.js', ...sampled],
  environmentVariables: { BABBLEBROOK_TESTS_SWEEPS: 'whole' },
  sortTestFiles: longestFirst([
    'slow/packaging',
    'slow/kill',
    'unit/inference/InferenceModel',
    'text/sentencepiece/PieceTokenizer',
    'text/sentencepiece/python',
    'process/commands/serve',
    'slow/fitExample',
    'slow/signals',
    'unit/pipeline/nasty',
    'contracts/engines',
  ]),
  timeout: '20m',
};
