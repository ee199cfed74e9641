import test, { type Implementation } from 'ava';

/** What tests need that is not everywhere. */
export type Need =
  | 'the native backend'
  | 'Linux'
  | 'Unix'
  | 'python3'
  | 'mounts'
  | 'Chromium'
  | 'nats-server'
  | 'clients for Node.js: npm run test:clients'
  | 'clients for Python: npm run test:clients'
  | `Python with ${string}`;

/** Declares a test, as `test` and `test.serial` do. */
export type DeclareTest = (title: string, implementation: Implementation<[]>) => void;

/** What must be there: in CI, a test that is skipped is not seen. Names, between commas. */
const REQUIRED = (process.env['BABBLEBROOK_TESTS_REQUIRE'] ?? '').split(',').map((name) => name.trim());

/** Declares tests that need something; without it they are skipped, and say so, or fail if `BABBLEBROOK_TESTS_REQUIRE` names it. */
export function testWith(need: Need, isThere: boolean, declare: DeclareTest = test): DeclareTest {
  if (isThere) return declare;
  if (REQUIRED.includes(need))
    return (title) => declare(title, (t) => t.fail(`Expected ${need}, as BABBLEBROOK_TESTS_REQUIRE says`));
  return (title, implementation) => test.skip(`${title} (skipped without ${need})`, implementation);
}

export const unixTest = (declare?: DeclareTest): DeclareTest => testWith('Unix', process.platform !== 'win32', declare);
export const linuxTest = (declare?: DeclareTest): DeclareTest =>
  testWith('Linux', process.platform === 'linux', declare);
