import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { FetchError, type FetchOptions, fetchFile } from '../../../scripts/cli/fetchFile.js';
import { programAt } from '../../support/places.js';
import { runNode } from '../../support/runProgram.js';

const GOOD = 'We will make this test pass, believe me.\r\n';
const sha256 = createHash('sha256').update(GOOD).digest('hex');

function folder(t: ExecutionContext): string {
  const path = mkdtempSync(join(tmpdir(), 'fetch-'));
  t.teardown(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Options for the good file, from a server that nobody can reach unless the test says otherwise. */
function options(path: string, changed: Partial<FetchOptions> = {}): FetchOptions {
  return { url: 'http://127.0.0.1:1/speeches.txt', sha256, to: join(path, 'to.txt'), timeout: 5, ...changed };
}

function copy(path: string, text: string): string {
  const from = join(path, 'from.txt');
  writeFileSync(from, text);
  return from;
}

function run(...flags: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      programAt('scripts/fetch-trump-speeches.ts', ...flags),
      (_, stdout, stderr) => resolve({ code: child.exitCode, stdout, stderr }),
    );
  });
}

async function serve(t: ExecutionContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/speeches.txt`;
}

function oneLine(t: ExecutionContext, stderr: string, pattern: RegExp): void {
  t.regex(stderr, pattern);
  t.is(stderr.trim().split('\n').length, 1, stderr);
}

test('a good copy is taken, byte for byte, and nothing else is left behind', async (t) => {
  const path = folder(t);
  await fetchFile(options(path, { from: copy(path, GOOD), to: join(path, 'new', 'to.txt') }));
  t.is(readFileSync(join(path, 'new', 'to.txt'), 'utf8'), GOOD);
  t.deepEqual(readdirSync(join(path, 'new')), ['to.txt']);
});

test('a good download is taken', async (t) => {
  const path = folder(t);
  const url = await serve(t, (_, response) => response.end(GOOD));
  await fetchFile(options(path, { url }));
  t.is(readFileSync(join(path, 'to.txt'), 'utf8'), GOOD);
});

test('a copy with another hash is refused and nothing is written', async (t) => {
  const path = folder(t);
  const from = copy(path, 'Sad!');
  const error = await t.throwsAsync(fetchFile(options(path, { from })), { instanceOf: FetchError });
  t.regex(
    error.message,
    new RegExp(`^Expected .*from\\.txt to have the SHA-256 ${sha256}, got [0-9a-f]{64} \\(4 bytes\\)$`),
  );
  t.deepEqual(readdirSync(path), ['from.txt']);
});

test('a download with another hash is refused and nothing is written', async (t) => {
  const path = folder(t);
  const url = await serve(t, (_, response) => response.end('Sad!'));
  await t.throwsAsync(fetchFile(options(path, { url })), { instanceOf: FetchError, message: /SHA-256/ });
  t.deepEqual(readdirSync(path), []);
});

test('a good file that is there already stays, and nothing is fetched', async (t) => {
  const path = folder(t);
  const { to } = options(path);
  writeFileSync(to, GOOD);
  const before = statSync(to);
  t.regex(await fetchFile(options(path)), /is there already/);
  t.is(statSync(to).ino, before.ino);
  t.is(statSync(to).mtimeMs, before.mtimeMs);
});

test('another file that is there already is not overwritten', async (t) => {
  const path = folder(t);
  const { to } = options(path);
  writeFileSync(to, 'my own notes');
  await t.throwsAsync(fetchFile(options(path, { from: copy(path, GOOD) })), { instanceOf: FetchError });
  t.is(readFileSync(to, 'utf8'), 'my own notes');
});

test('a server that cannot be reached, says no, or never answers is one line that names --from', async (t) => {
  const path = folder(t);
  const notFound = await serve(t, (_, response) => response.writeHead(404).end());
  const silent = await serve(t, () => {});
  for (const changed of [{}, { url: notFound }, { url: silent, timeout: 0.2 }]) {
    const error = await t.throwsAsync(fetchFile(options(path, changed)), { instanceOf: FetchError });
    oneLine(t, error.message, /^Cannot fetch http:.*--from FILE$/);
  }
  t.deepEqual(readdirSync(path), []);
});

test('the command says in one line that a copy is missing and exits with 2', async (t) => {
  const path = folder(t);
  const to = join(path, 'to.txt');
  const { code, stdout, stderr } = await run('--from', join(path, 'missing.txt'), '--to', to);
  t.is(code, 2);
  t.is(stdout, '');
  oneLine(t, stderr, /^Expected .*missing\.txt to be a file, got nothing there$/m);
  t.false(existsSync(to));
});

test('the command refuses a copy that is not the speeches', async (t) => {
  const path = folder(t);
  const { code, stderr } = await run('--from', copy(path, GOOD), '--to', join(path, 'to.txt'));
  t.is(code, 2);
  oneLine(t, stderr, /SHA-256 3b6362724e391ccb/);
  t.deepEqual(readdirSync(path), ['from.txt']);
});

test('the commands refuse a copy that is not their corpus: Shakespeare too', async (t) => {
  const path = folder(t);
  const flags = ['--from', copy(path, GOOD), '--to', join(path, 'to.txt')];
  const { code, stderr } = await runNode(programAt('scripts/fetch-tiny-shakespeare.ts', ...flags));
  t.is(code, 2);
  oneLine(t, stderr, /SHA-256 86c4e6aa9db7c042/);
});

test('the command refuses flags it does not know and timeouts that are none', async (t) => {
  const mistakes: [RegExp, ...string[]][] = [
    [/--form/, '--form', 'x'],
    [/--timeout/, '--timeout', 'soon'],
    [/--timeout/, '--timeout', '0'],
    [/Expected flags, got stray alone/, 'stray'],
  ];
  for (const [pattern, ...flags] of mistakes) {
    const { code, stderr } = await run(...flags, '--to', join(folder(t), 'to.txt'));
    t.is(code, 2, flags.join(' '));
    oneLine(t, stderr, pattern);
  }
});
