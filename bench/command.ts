import { spawnSync } from 'node:child_process';

/** What a command of ours prints to standard output. */
export function command(name: string, ...flags: string[]): string {
  const { status, stdout } = spawnSync(process.execPath, ['--import=tsx', `scripts/${name}.ts`, ...flags], {
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${name} ended with exit code ${status}`);
  return stdout;
}
