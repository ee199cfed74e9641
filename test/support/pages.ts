import { once } from 'node:events';
import { copyFile, mkdir, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { build, createLogger, type Rolldown } from 'vite';
import { runProgram } from './runProgram.js';
import { ROOT } from './typescript.js';

/** A file that a bundler made. */
export type Bundled = Rolldown.OutputChunk | Rolldown.OutputAsset;

/** Makes a directory a project that has the package installed: what `npm run build` makes of it, as far as the entry for browsers needs it. */
export async function installForPages(project: string): Promise<void> {
  const installed = join(project, 'node_modules', 'babblebrook');
  await mkdir(installed, { recursive: true });
  await copyFile(join(ROOT, 'package.json'), join(installed, 'package.json'));
  await symlink(join(ROOT, 'node_modules', 'ix'), join(project, 'node_modules', 'ix'));
  const config = {
    extends: join(ROOT, 'tsconfig.build.json'),
    compilerOptions: {
      rootDir: ROOT,
      outDir: join(installed, 'dist'),
      typeRoots: [join(ROOT, 'node_modules', '@types')],
    },
    include: [],
    files: [join(ROOT, 'src', 'browser.ts'), join(ROOT, 'src', 'inference', 'noModelDirectory.ts')],
  };
  await writeFile(join(project, 'tsconfig.json'), JSON.stringify(config));
  const { code, stdout } = await runProgram(join(ROOT, 'node_modules', '.bin', 'tsc'), ['-p', project]);
  if (code !== 0) throw new Error(stdout);
}

/** What Vite makes of a file of a project, minified, and what it complains of. */
export async function bundled(project: string, input: string): Promise<{ files: Bundled[]; complaints: string[] }> {
  const complaints: string[] = [];
  const complain = (message: string): unknown => complaints.push(message);
  const output = await build({
    root: project,
    configFile: false,
    base: './',
    customLogger: { ...createLogger('silent'), warn: complain, warnOnce: complain, error: complain },
    logLevel: 'silent',
    build: { write: false, modulePreload: false, rolldownOptions: { input: join(project, input) } },
  });
  return { files: [output].flat().flatMap((one) => ('output' in one ? one.output : [])), complaints };
}

/** The content of a bundled file. */
export function contentOf(file: Bundled): string | Uint8Array {
  return file.type === 'chunk' ? file.code : file.source;
}

const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript' };

/** A server of files by their paths, and how it is closed. */
export async function serverOfFiles(files: ReadonlyMap<string, string | Uint8Array>) {
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '', 'http://localhost').pathname.slice(1);
    const content = files.get(path);
    if (content === undefined) response.writeHead(404).end();
    else
      response
        .writeHead(200, {
          'content-type': TYPES[extname(path)] ?? 'application/octet-stream',
          'content-length': Buffer.byteLength(content),
        })
        .end(content);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = (): void => {
    server.closeAllConnections();
    server.close();
  };
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}
