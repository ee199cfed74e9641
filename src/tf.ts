import { createRequire } from 'node:module';
import type * as tfjs from '@tensorflow/tfjs';

/**
 * `@tensorflow/tfjs`, loaded with `require`: an `import` of it first reads all of its CommonJS bundles for the names that they
 * export, which takes longer than to load them.
 */
export const tf: typeof tfjs = createRequire(import.meta.url)('@tensorflow/tfjs');
