import { readFileSync } from 'node:fs';
import { fileAt } from '../../support/places.js';

/** What package-lock.json says of a package. */
interface Locked {
  readonly version: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly peer?: boolean;
  readonly devOptional?: boolean;
}

const read = (path: string): string => readFileSync(fileAt(path), 'utf8');
const LISTED = /(<!-- from package-lock\.json -->\n)[\s\S]*?(\n<!-- end -->)/;

/** The page as it is, and as package-lock.json would have it. */
export function page(): { now: string; anew: string } {
  const now = read('docs/dependencies.md');
  return { now, anew: now.replace(LISTED, `$1\n${tables()}$2`) };
}

function tables(): string {
  const { packages }: { packages: Readonly<Record<string, Locked>> } = JSON.parse(read('package-lock.json'));
  const installed = Object.entries(packages).filter(([path, { dev }]) => path !== '' && !dev);
  const names = (wanted: (locked: Locked) => boolean): string =>
    [...byLicence(installed.filter(([, locked]) => wanted(locked)))]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([licence, these]) => `| ${licence} | ${these.size} | ${[...these].sort().join(', ')} |\n`)
      .join('');
  const head = '| licence | packages | |\n| --- | --: | --- |\n';
  const isOptional = ({ optional, devOptional }: Locked): boolean => Boolean(optional || devOptional);
  return (
    `Always installed:\n\n${head}${names((locked) => !isOptional(locked))}\n` +
    `With the native backend, or as peers that may be left out:\n\n${head}${names(isOptional)}`
  );
}

/** Names and versions of packages by their licence. */
function byLicence(packages: readonly (readonly [string, Locked])[]): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const [path, { version, license = 'not said' }] of packages) {
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
    found.set(license, (found.get(license) ?? new Set()).add(`${name} ${version}`));
  }
  return found;
}
