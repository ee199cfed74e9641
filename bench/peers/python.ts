import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** Python of the virtual environment that `npm run bench:peers` makes. */
export const PYTHON = '.venv/bin/python';

/** Whether the peers' virtual environment is there, which `npm run bench:peers` makes, with these packages. */
export function peersAreThere(packages: readonly string[] = ['safetensors', 'tensorflow', 'torch']): boolean {
  if (existsSync(PYTHON) && spawnSync(PYTHON, ['-c', `import ${packages.join(', ')}`]).status === 0) return true;
  console.error('The peers in Python are not there: their figures are left out (npm run bench:peers sets it up)');
  return false;
}

/** What a peer's program prints, a line of JSON each. */
export async function* peerLines<T>(script: string, ...args: string[]): AsyncGenerator<T> {
  const child = spawn(PYTHON, [`bench/peers/${script}`, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'close');
  for await (const line of createInterface({ input: child.stdout })) yield JSON.parse(line) as T;
  const [code] = await ended;
  if (code !== 0) throw new Error(`${script} ended with exit code ${code}`);
}
