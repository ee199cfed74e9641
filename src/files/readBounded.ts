import fs from 'node:fs/promises';
import { FileFormatError } from '../errors.js';

/**
 * Reads a file whose size is within bounds, in bytes, so that no file can make this allocate more.
 * @throws {FileFormatError} when there is no such file.
 */
export async function readBounded(path: string, { min = 0, max }: { min?: number; max: number }): Promise<Buffer> {
  try {
    const found = await fs.stat(path);
    if (!found.isFile()) throw new Error('it is not a regular file');
    if (found.size < min || found.size > max)
      throw new Error(`it has ${found.size} bytes, not ${min === 0 ? 'at most' : `${min} to`} ${max}`);
    return await fs.readFile(path);
  } catch (error) {
    throw new FileFormatError(`Expected to read ${path}, but ${(error as Error).message}`, { cause: error });
  }
}
