/**
 * The seed of random tests: the same in every run, so that a change is not refused for what was there before it.
 * `BABBLEBROOK_TESTS_SEED` is another one, or `fresh`, one that no run had: what a scheduled run tries.
 */
export function testSeed(): number {
  const given = process.env['BABBLEBROOK_TESTS_SEED'] ?? '1';
  const seed = given === 'fresh' ? Math.floor(Math.random() * 2 ** 31) : Number(given);
  if (!Number.isSafeInteger(seed))
    throw new Error(`Expected BABBLEBROOK_TESTS_SEED to be an integer or fresh, got ${given}`);
  return seed;
}
