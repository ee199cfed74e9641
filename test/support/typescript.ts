import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import { API, type Project } from 'typescript/unstable/sync';
import { fileAt } from './places.js';

/** The package's root, as the compiler names it. */
export const ROOT = fileURLToPath(fileAt('.'));

/**
 * A project as TypeScript's compiler knows it, until the test ends: that of `tsconfig.json`, or one of virtual `files`, by
 * their paths from the package's root, which may import what is there.
 */
export function projectOf(
  t: ExecutionContext,
  config: string,
  files: ReadonlyMap<string, string> = new Map(),
): Project {
  const contents = new Map([...files].map(([path, text]) => [`${ROOT}${path}`, text]));
  const api = new API({
    cwd: ROOT,
    fs: {
      readFile: (path) => contents.get(path),
      fileExists: (path) => contents.has(path) || undefined,
    },
  });
  t.teardown(() => api.close());
  const [project] = api.updateSnapshot({ openProjects: [`${ROOT}${config}`] }).getProjects();
  if (!project) throw new Error(`There is no project ${config}`);
  return project;
}
