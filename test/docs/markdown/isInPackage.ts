import { readFileSync } from 'node:fs';
import { fileAt } from '../../support/places.js';

const { files }: { files: readonly string[] } = JSON.parse(readFileSync(fileAt('package.json'), 'utf8'));
const isWithin = (path: string, place: string): boolean => path === place || path.startsWith(`${place}/`);

/** Whether the npm package holds a file: what package.json lists, and what npm packs of itself. */
export function isInPackage(path: string): boolean {
  if (files.some((entry) => entry.startsWith('!') && isWithin(path, entry.slice(1)))) return false;
  return ['README.md', 'LICENSE', 'package.json', ...files].some((entry) => isWithin(path, entry));
}
