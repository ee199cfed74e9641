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

const FOR_NODE = 'package.json';
const FOR_PYTHON = 'requirements.txt';

/** A folder with the clients for Node.js, or `undefined` where `npm run test:clients` has not put them there. */
export const nodeClients = (): Promise<string | undefined> => installed(FOR_NODE);

/** A folder with an environment that has the clients for Python, or `undefined` where `npm run test:clients` has not put them there. */
export const pythonClients = (): Promise<string | undefined> => installed(FOR_PYTHON);

/** Installs both, about 900 MB, where they are not there yet. */
export async function installClients(): Promise<void> {
  await install(FOR_NODE, async (folder) => {
    await copyFile(new URL('package.json', CLIENTS), join(folder, 'package.json'));
    const flags = ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
    return (await runProgram('npm', flags, { cwd: folder })).code === 0;
  });
  await install(FOR_PYTHON, async (folder) => {
    const requirements = new URL('requirements.txt', CLIENTS).pathname;
    const made = await runProgram('python3', ['-m', 'venv', folder]).catch(() => undefined);
    if (made?.code !== 0) return false;
    const pip = ['-m', 'pip', 'install', '--quiet', '--requirement', requirements];
    return (await runProgram(join(folder, 'bin', 'python'), pip)).code === 0;
  });
}

/** The folder for what a file of requirements asks for: what was installed for another is not used. */
async function folderFor(name: string): Promise<string> {
  return join(CACHE, `${name}-${sha256(await readFile(new URL(name, CLIENTS))).slice(0, 12)}`);
}

const markOf = (folder: string): string => join(folder, 'installed');

async function installed(name: string): Promise<string | undefined> {
  const folder = await folderFor(name);
  return existsSync(markOf(folder)) ? folder : undefined;
}

async function install(name: string, intoFolder: (folder: string) => Promise<boolean>): Promise<void> {
  if (await installed(name)) return;
  const folder = await folderFor(name);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  if (!(await intoFolder(folder))) throw new Error(`What ${name} asks for could not be installed`);
  await writeFile(markOf(folder), '');
}
