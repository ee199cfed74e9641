import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The version that is installed where none is there, of the wheel and of the Go module. */
export const VERSIONS = { wheel: '2.15.1', module: 'v2.15.2' } as const;

/** Where `npm run nats` installs a server. */
export const CACHE = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'babblebrook', 'nats');

/**
 * The newest of the servers on the path, or that were installed by `npm run nats`, that is new enough (2.10.23): the path itself; `undefined` where
 * there is none.
 */
export function natsServerPath(): string | undefined {
  const name = process.platform === 'win32' ? 'nats-server.exe' : 'nats-server';
  return ['nats-server', join(CACHE, 'bin', name)].find((path) => isNewEnough(path));
}

/** Whether a server can be run, and keeps what was acknowledged. */
export function isNewEnough(path: string): boolean {
  if (path.includes('/') && !existsSync(path)) return false;
  const { stdout } = spawnSync(path, ['--version'], { encoding: 'utf8' });
  const [major = 0, minor = 0, patch = 0] = (/(\d+)\.(\d+)\.(\d+)/.exec(stdout ?? '') ?? []).slice(1).map(Number);
  return major > 2 || (major === 2 && (minor > 10 || (minor === 10 && patch >= 23)));
}
