import ava, { type TestFn } from 'ava';

/** Calls of `test` by files of a group, until all of them are imported; `undefined` where a file runs alone. */
let calls: (() => void)[] | undefined;
/** What the titles of the file that is being imported begin with. */
let prefix = '';

/**
 * Runs the tests of several files in this process, one after the other, as ava would run each in a process of its own: a process
 * takes about a second to start. ava starts as soon as the first test is declared, so all are declared when all files are there.
 *
 * @param files by what their titles begin with
 */
export async function runGroup(files: Readonly<Record<string, () => Promise<unknown>>>): Promise<void> {
  calls = [];
  for (const [name, load] of Object.entries(files)) {
    prefix = name;
    await load();
  }
  for (const call of calls) call();
}

/** ava's `test`. In a group, it is `test.serial`, with titles that say the file. */
export default declaring(ava) as TestFn;

type Declare = (...args: unknown[]) => unknown;

function declaring(chain: object): object {
  return new Proxy(chain, {
    apply(_, __, args: readonly unknown[]) {
      if (calls === undefined) {
        (chain as Declare)(...args);
        return;
      }
      const [title, ...rest] = args;
      const titled = typeof title === 'string' && prefix !== '' ? `${prefix} › ${title}` : title;
      const declare = (chain === ava ? ava.serial : chain) as Declare;
      calls.push(() => declare(titled, ...rest));
    },
    get(_, name) {
      const value: unknown =
        Reflect.get(calls !== undefined && chain === ava ? ava.serial : chain, name) ?? Reflect.get(chain, name);
      return typeof value === 'function' && name !== 'macro' ? declaring(value) : value;
    },
  });
}
