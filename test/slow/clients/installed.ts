import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256 } from '../../../src/files/sha256.js';
import { fileAt } from '../../support/places.js';
import { runProgram } from '../../support/runProgram.js';

/** Where clients are installed once, and stay: large, and the same in every clone. */
const CACHE = join(tmpdir(), 'babblebrook-clients');

const CLIENTS = fileAt('test/slow/clients/');

/** A folder with the clients for Node.js, or `undefined` where they cannot be had. */
export function nodeClients(): Promise<string | undefined> {
  return installed('package.json', async (folder) => {
    await copyFile(new URL('package.json', CLIENTS), join(folder, 'package.json'));
    const flags = ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
    return (await runProgram('npm', flags, { cwd: folder })).code === 0;
  });
}

/** A folder with an environment that has the clients for Python, or `undefined` where they cannot be had. */
export function pythonClients(): Promise<string | undefined> {
  return installed('requirements.txt', async (folder) => {
    const requirements = new URL('requirements.txt', CLIENTS).pathname;
    const made = await runProgram('python3', ['-m', 'venv', folder]).catch(() => undefined);
    if (made?.code !== 0) return false;
    const pip = ['-m', 'pip', 'install', '--quiet', '--requirement', requirements];
    return (await runProgram(join(folder, 'bin', 'python'), pip)).code === 0;
  });
}

/** The folder for what a file of requirements asks for: what was installed for another is not used. */
async function installed(name: string, install: (folder: string) => Promise<boolean>): Promise<string | undefined> {
  const folder = join(CACHE, `${name}-${sha256(await readFile(new URL(name, CLIENTS))).slice(0, 12)}`);
  const mark = join(folder, 'installed');
  if (existsSync(mark)) return folder;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  if (!(await install(folder))) return undefined;
  await writeFile(mark, '');
  return folder;
}
