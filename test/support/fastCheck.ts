import fc from 'fast-check';
import { testSeed } from './testSeed.js';

fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: testSeed() });

/** fast-check, whose cases follow from the seed of the tests. */
export default fc;
