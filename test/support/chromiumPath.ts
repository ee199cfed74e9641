import { existsSync } from 'node:fs';

/** Where Chromium is: what CHROMIUM says, or Debian's; `undefined`: nowhere. */
export const chromiumPath = [process.env['CHROMIUM'], '/usr/bin/chromium', '/usr/bin/google-chrome'].find(
  (path) => path && existsSync(path),
);
