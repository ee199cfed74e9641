import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { useBackend } from '../../src/model/backend.js';
import { runProgram } from '../support/runProgram.js';

/** The backend of this clone: a new one on the same machine gets the same. */
const expected = await useBackend();

/** The environment of a terminal: without what npm sets for the scripts that it runs, as it runs this one. */
const env = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(npm_|BABBLEBROOK_|NODE_OPTIONS$|NODE_ENV$)/i.test(name)),
);

async function directory(t: ExecutionContext): Promise<string> {
  const root = await mkdtemp(path.join(tmpdir(), 'packaging-'));
  t.teardown(() => rm(root, { recursive: true, force: true }));
  return root;
}

/** Runs a command line that has to succeed, and returns all that it prints. */
async function shell(t: ExecutionContext, cwd: string, line: string): Promise<string> {
  const [program = '', ...args] = line.split(' ');
  const { code, stdout, stderr } = await runProgram(program, args, { cwd, env });
  t.is(code, 0, `${line}\n${stdout}\n${stderr}`);
  return stdout + stderr;
}

/** The working tree as git would clone it, were all of it committed. */
async function clone(t: ExecutionContext): Promise<string> {
  const root = await directory(t);
  const files = await shell(t, '.', 'git ls-files --cached --others --exclude-standard --deduplicate');
  for (const file of files.trim().split('\n').filter(existsSync)) {
    await mkdir(path.dirname(path.join(root, file)), { recursive: true });
    await copyFile(file, path.join(root, file));
  }
  return root;
}

for (const npm of ['npm', 'npx -y npm@10', 'npx -y npm@12']) {
  test.serial(`in a new clone, \`${npm} ci\` alone sets the backend up`, async (t) => {
    const root = await clone(t);
    await shell(t, root, `${npm} ci`);
    const report = await shell(t, root, 'npm run doctor');
    t.regex(report, new RegExp(`^backend +${expected}$`, 'm'));
  });
}

test.serial('the packed library installs silently, has types, and runs on Node 20, 22 and 24', async (t) => {
  const root = await clone(t);
  await shell(t, root, 'npm ci');
  await shell(t, root, 'npm pack --pack-destination .');

  const project = await directory(t);
  await writeFile(path.join(project, 'package.json'), '{ "private": true, "type": "module" }');
  await writeFile(
    path.join(project, 'program.ts'),
    `import { type BackendReport, backendReport } from 'babblebrook';
     const report: BackendReport = backendReport();
     console.log(process.versions.node, report.backend);`,
  );
  const output = await shell(t, project, `npm install ${path.join(root, 'babblebrook-0.1.0.tgz')}`);
  t.notRegex(output, /\[native\]/);

  const compiler = path.join(root, 'node_modules', '.bin', 'tsc');
  const types = `--types node --typeRoots ${path.join(root, 'node_modules', '@types')}`;
  await shell(t, project, `${compiler} program.ts --module nodenext --target es2023 --strict --skipLibCheck ${types}`);
  for (const version of [20, 22, 24]) {
    const printed = await shell(t, project, `npx -y -p node@${version} node program.js`);
    t.regex(printed, new RegExp(`^${version}\\.\\d+\\.\\d+ (tensorflow|wasm)\n$`));
  }
});
