import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { MissingPackageError } from '../../src/errors.js';
import { packageFile } from './packageFile.js';

/**
 * The directory of the page, built: the package has it, and in a clone it is built where it is missing.
 * @throws {MissingPackageError} when a clone lacks what builds it.
 */
export async function builtPage(say: (line: string) => void): Promise<string> {
  const built = packageFile('dist/web');
  const config = packageFile('web/vite.config.ts');
  if (existsSync(`${built}/index.html`) || !existsSync(config)) return built;
  say('building the page, which takes some seconds');
  // Beside its place first: who is stopped in the midst leaves none that looks whole.
  const making = packageFile(`dist/web.building-${process.pid}`);
  try {
    const { build } = await loadVite();
    await build({ configFile: config, logLevel: 'error', build: { outDir: making } });
    // Another may have built it meanwhile.
    if (!existsSync(`${built}/index.html`)) {
      rmSync(built, { recursive: true, force: true });
      renameSync(making, built);
    }
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
  return built;
}

/** The names of the page's files. */
export function namesOfPage(built: string): string[] {
  return existsSync(built) ? readdirSync(built).filter((name) => /^[\w-]+\.(html|js|css|svg|md)$/.test(name)) : [];
}

async function loadVite() {
  try {
    return await import('vite');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new MissingPackageError('Expected the package vite, which builds the page, got none: npm install', {
      cause: error,
    });
  }
}
