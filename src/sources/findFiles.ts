import { access } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { SourceError } from '../errors.js';

/**
 * The files that a path or pattern stands for, by code unit. A path that exists, or holds nothing that could be a pattern,
 * stands for itself.
 *
 *     'data/*.txt' ──▶ findFiles ──▶ ['data/1.txt', 'data/10.txt', 'data/2.txt']
 *
 * @throws {SourceError} when a pattern matches no file.
 */
export async function findFiles(path: string): Promise<string[]> {
  // Loaded late: text that lies in files is one source of several.
  const { glob, isDynamicPattern } = await import('tinyglobby');
  if (!isDynamicPattern(path) || (await exists(path))) return [path];
  const files = await glob(path, { absolute: isAbsolute(path), expandDirectories: false });
  if (files.length === 0)
    throw new SourceError(`Expected ${path} to be a file, or a pattern that matches files, got neither`);
  return files.sort();
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}
