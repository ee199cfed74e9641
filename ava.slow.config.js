import built from './ava.built.config.js';

/** Files whose sweeps are samples in `npm test`: those that import test/support/sweeps.ts. */
const SWEEPS = [
  'contracts/engines',
  'contracts/fuzz/options',
  'unit/lab/gradientFlow',
  'unit/model/network/StepRun',
  'unit/model/network/faults',
  'unit/text/sentencepiece/train',
  'unit/training/checkpoints/exactResume',
];

// What `npm run test:slow` runs.
export default {
  ...built,
  files: ['build/test/slow/**/*.test.js', ...SWEEPS.map((name) => `build/test/${name}.test.js`)],
  environmentVariables: { BABBLEBROOK_TESTS_SWEEPS: 'whole' },
  timeout: '20m',
};
