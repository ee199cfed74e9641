import { copyFile, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { type Outcome, runNode } from '../support/runProgram.js';

const script = 'scripts/native.mjs';
const addon = 'lib/napi-v8/tfjs_binding.node';
const build = [addon, 'deps/lib/libtensorflow_cc.so.2', 'deps/lib/libtensorflow_framework.so.2'];
const cached = 'cache/babblebrook/tfjs-node-4.22.0_tf-2.20.0_linux-x64_2';

/** A tfjs-node that computes if its addon says so, and whose installer writes such an addon. */
const tfjsNode = {
  'package.json': '{ "name": "@tensorflow/tfjs-node", "main": "index.js" }',
  'index.js': `
    if (require('node:fs').readFileSync(__dirname + '/${addon}', 'utf8') !== 'good') throw new Error('a bad addon');
    exports.matMul = () => ({ dataSync: () => [11] });
    exports.getBackend = () => 'tensorflow';
    exports.backend = () => ({ binding: { TF_Version: '1.2.3' } });`,
  'scripts/install.js': `
    const fs = require('node:fs');
    fs.mkdirSync('lib/napi-v8', { recursive: true });
    fs.writeFileSync('${addon}', 'good');`,
};

/** A new directory that looks like a clone after \`npm ci\`, removed after the test. */
async function makeTree(t: { teardown(action: () => Promise<void>): void }, files: Record<string, string> = {}) {
  const root = await mkdtemp(path.join(tmpdir(), 'native-'));
  t.teardown(() => rm(root, { recursive: true, force: true }));
  await mkdir(path.join(root, 'scripts'));
  await copyFile(script, path.join(root, script));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(root, name)), { recursive: true });
    await writeFile(path.join(root, name), content);
  }
  return root;
}

const inTree = (folder: string, files: Record<string, string>) =>
  Object.fromEntries(Object.entries(files).map(([name, content]) => [`${folder}/${name}`, content]));
const withTfjsNode = inTree('node_modules/@tensorflow/tfjs-node', tfjsNode);
const buildOf = (content: string) => Object.fromEntries(build.map((file) => [file, content]));

/** Runs the script where there is no other program, and no host that answers. */
function runScript(root: string, env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  const nothing = { PATH: '', XDG_CACHE_HOME: path.join(root, 'cache'), CDN_STORAGE: 'http://localhost:2' };
  return runNode([path.join(root, script)], { ...nothing, ...env });
}

test('installed as a dependency, the script does nothing', async (t) => {
  const project = await makeTree(t, { 'node_modules/babblebrook/package.json': '{}' });
  const root = path.join(project, 'node_modules', 'babblebrook');
  await mkdir(path.join(root, 'scripts'));
  await copyFile(script, path.join(root, script));
  t.deepEqual(await runScript(root), { code: 0, stdout: '', stderr: '' });
});

test('installed as a dependency and asked for by --fix, the script links a build into the tree of the project', async (t) => {
  const project = await makeTree(t, { ...withTfjsNode, ...inTree(cached, buildOf('good')) });
  const dependency = path.join(project, 'node_modules', 'babblebrook', script);
  await mkdir(path.dirname(dependency), { recursive: true });
  await copyFile(script, dependency);
  const env = { PATH: '', XDG_CACHE_HOME: path.join(project, 'cache'), CDN_STORAGE: 'http://localhost:2' };
  const { code, stdout } = await runNode([dependency, '--fix'], env);
  t.is(code, 0);
  t.regex(stdout, /by a build from an earlier install/);
  t.is(await readFile(path.join(project, 'node_modules/@tensorflow/tfjs-node', addon), 'utf8'), 'good');
});

test('where npm has removed tfjs-node from a project, --fix says how to bring it back, and leaves the tree alone', async (t) => {
  const project = await makeTree(t);
  const dependency = path.join(project, 'node_modules', 'babblebrook', script);
  await mkdir(path.dirname(dependency), { recursive: true });
  await copyFile(script, dependency);
  const { code, stderr } = await runNode([dependency, '--fix'], { PATH: '', BABBLEBROOK_NATIVE: 'require' });
  t.is(code, 1);
  t.regex(stderr, /npm install --ignore-scripts @tensorflow\/tfjs-node@4\.22\.0/);
  t.regex(stderr, /To try again: npx babblebrook doctor --fix/);
});

test('with BABBLEBROOK_NATIVE=off, the script does nothing', async (t) => {
  const root = await makeTree(t);
  t.deepEqual(await runScript(root, { BABBLEBROOK_NATIVE: 'off' }), { code: 0, stdout: '', stderr: '' });
});

test('another value of BABBLEBROOK_NATIVE is an error', async (t) => {
  const { code, stderr } = await runScript(await makeTree(t), { BABBLEBROOK_NATIVE: 'yes' });
  t.is(code, 1);
  t.regex(stderr, /Expected BABBLEBROOK_NATIVE to be off, auto or require, got "yes"/);
});

test('where no way works, the script names every one with its reason, and the install goes on', async (t) => {
  const { code, stderr } = await runScript(await makeTree(t, withTfjsNode));
  t.is(code, 0);
  t.regex(stderr, /the slower wasm backend will be used/);
  t.regex(stderr, /tfjs-node as it is: .*ENOENT/);
  t.regex(stderr, /an earlier install: there is none at .*cache.babblebrook/);
  t.regex(stderr, /the installer of .*: http:\/\/localhost:2 cannot be reached/);
  t.regex(stderr, /the tensorflow-cpu wheel: (g\+\+ is not installed|it needs Linux)/);
  t.regex(stderr, /npm run doctor -- --fix/);
});

test('where no way works, BABBLEBROOK_NATIVE=require stops the install', async (t) => {
  const { code } = await runScript(await makeTree(t, withTfjsNode), { BABBLEBROOK_NATIVE: 'require' });
  t.is(code, 1);
});

test('a tfjs-node that npm has removed is asked of npm again', async (t) => {
  const { code, stderr } = await runScript(await makeTree(t));
  t.is(code, 0);
  t.regex(stderr, /npm is not installed/);
});

test('where optional dependencies are left out, nothing is tried', async (t) => {
  const { code, stdout, stderr } = await runScript(await makeTree(t), { npm_config_omit: 'dev\n\noptional' });
  t.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  t.regex(stdout, /optional dependencies are left out/);
});

test('a tfjs-node that works is left as it is', async (t) => {
  const good = { 'node_modules/@tensorflow/tfjs-node/lib/napi-v8/tfjs_binding.node': 'good' };
  const { stdout, stderr } = await runScript(await makeTree(t, { ...withTfjsNode, ...good }));
  t.is(stderr, '');
  t.regex(stdout, /TensorFlow 1\.2\.3 is ready, by @tensorflow\/tfjs-node as it is/);
});

test('the build of an earlier install is linked, which takes no room', async (t) => {
  const root = await makeTree(t, { ...withTfjsNode, ...inTree(cached, buildOf('good')) });
  const { stdout } = await runScript(root);
  t.regex(stdout, /by a build from an earlier install/);
  for (const file of build) {
    const installed = await stat(path.join(root, 'node_modules/@tensorflow/tfjs-node', file));
    t.is(installed.ino, (await stat(path.join(root, cached, file))).ino, file);
  }
});

test('a build from an earlier install that does not load is removed', async (t) => {
  const root = await makeTree(t, { ...withTfjsNode, ...inTree(cached, buildOf('broken')) });
  const { code, stderr } = await runScript(root);
  t.is(code, 0);
  t.regex(stderr, /an earlier install: .*a bad addon \(removed\)/);
  await t.throwsAsync(stat(path.join(root, cached)), { code: 'ENOENT' });
  await t.throwsAsync(stat(path.join(root, 'node_modules/@tensorflow/tfjs-node', addon)), { code: 'ENOENT' });
});

test("tfjs-node's own installer runs where its host answers", async (t) => {
  const host = createServer((_, response) => response.writeHead(400).end()).listen(0, '127.0.0.1');
  t.teardown(() => host.close());
  await new Promise((resolve) => host.once('listening', resolve));
  const { port } = host.address() as AddressInfo;
  const root = await makeTree(t, withTfjsNode);
  const { stdout } = await runScript(root, { CDN_STORAGE: `http://127.0.0.1:${port}/` });
  t.regex(stdout, /TensorFlow 1\.2\.3 is ready, by the installer of @tensorflow\/tfjs-node/);
});

test('no registry is named: npm and pip know theirs', async (t) => {
  t.notRegex(await readFile(script, 'utf8'), /https?:|pypi\.org|npmjs/);
});
