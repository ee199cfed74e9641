import { fileURLToPath } from 'node:url';
import { API, type Project } from 'typescript/unstable/sync';
import { fileAt } from './places.js';

/** The package's root, as the compiler names it. */
export const ROOT = fileURLToPath(fileAt('.'));

/** What is asked of the compiler. */
export interface ProjectOptions {
  /** In place of those of `tsconfig.json`. */
  readonly compilerOptions: Readonly<Record<string, unknown>>;
  /** Its files, by their paths from the package's root. */
  readonly files: readonly string[];
  /** Files that are nowhere else, by these paths. */
  readonly virtual?: ReadonlyMap<string, string>;
}

/** Asks TypeScript's compiler about a project. */
export function askCompiler<T>(
  { compilerOptions, files, virtual = new Map() }: ProjectOptions,
  ask: (project: Project) => T,
): T {
  const config = `${ROOT}tsconfig.asked.json`;
  const contents = new Map([...virtual].map(([path, text]) => [`${ROOT}${path}`, text]));
  contents.set(config, JSON.stringify({ extends: './tsconfig.json', compilerOptions, include: [], files }));
  const api = new API({
    cwd: ROOT,
    fs: {
      readFile: (path) => contents.get(path),
      fileExists: (path) => contents.has(path) || undefined,
    },
  });
  try {
    const [project] = api.updateSnapshot({ openProjects: [config] }).getProjects();
    if (!project) throw new Error('The compiler opened no project');
    return ask(project);
  } finally {
    api.close();
  }
}
