import test, { type ExecutionContext } from 'ava';
import { type Browser, chromium, type LaunchOptions } from 'playwright-core';
import { chromiumPath as executablePath } from './chromiumPath.js';
import { type DeclareTest, testWith } from './testWith.js';

/** How long a page may take, in milliseconds: they load side by side, perhaps on a busy machine. */
export const PATIENCE = 300_000;

/** Declares a test that needs a real browser. One after the other: dozens of pages that compute at once take minutes each on two cores. */
export const inChromium: DeclareTest = testWith('Chromium', executablePath !== undefined, test.serial);

/** A browser, which its caller closes; `undefined`, and a word of it, where there is none. */
export async function launchChromium(
  t: Pick<ExecutionContext, 'log'>,
  { args = [], ...options }: LaunchOptions = {},
): Promise<Browser | undefined> {
  if (executablePath)
    return chromium.launch({ executablePath, args: ['--no-sandbox', ...args], timeout: PATIENCE, ...options });
  t.log('Skipped: there is no Chromium here. On Debian: apt-get install chromium');
  return undefined;
}
