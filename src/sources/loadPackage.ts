import { MissingPackageError } from '../errors.js';

/** The optional packages, and the versions that work. */
const VERSIONS = { 'csv-parse': 7, fzstd: '0.1', hyparquet: 1 } as const;

/**
 * Loads an optional package, which nobody who reads no such files needs to have.
 * @throws {MissingPackageError} when it is not installed.
 */
export async function loadPackage<T>(name: keyof typeof VERSIONS, what: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new MissingPackageError(
      `Expected the package ${name}, which reads ${what} got none: npm install ${name}@${VERSIONS[name]}`,
      { cause: error },
    );
  }
}
