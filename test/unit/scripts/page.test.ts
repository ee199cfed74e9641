import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { contentPolicy } from '../../../scripts/cli/contentPolicy.js';
import { pageHandler } from '../../../scripts/cli/pageHandler.js';
import { pageModels } from '../../../scripts/cli/pageModels.js';
import { runNames } from '../../../scripts/cli/runNames.js';
import { onePage } from '../../../scripts/cli/writePage.js';
import { fileAt } from '../../support/places.js';
import { runCommand } from '../../support/runCommand.js';
import { temporaryDirectory } from '../../support/temporaryFiles.js';

const INDEX = readFileSync(fileAt('web/index.html'), 'utf8');

/** A page as Vite leaves it, as far as it matters. */
const BUILT: Readonly<Record<string, string>> = {
  'index.html': INDEX,
  'index.js': "const a = '</script>'; const b = '$&';",
  'index.css': 'p { color: red }',
  'worker.js': "const ends = '</script>';",
  'icon.svg': '<svg/>',
};

const read = (name: string): string => {
  const text = BUILT[name];
  if (text === undefined) throw new Error(name);
  return text;
};

async function served(t: Parameters<typeof temporaryDirectory>[0]) {
  const dir = await temporaryDirectory(t);
  mkdirSync(join(dir, 'web'));
  for (const [name, text] of Object.entries(BUILT)) writeFileSync(join(dir, 'web', name), text);
  const run = join(dir, 'a run');
  mkdirSync(join(run, 'best'), { recursive: true });
  writeFileSync(join(run, 'best', 'config.json'), '{}');
  writeFileSync(join(run, 'run.json'), 'a secret');
  writeFileSync(join(dir, 'secret'), 'another');
  const handle = pageHandler(join(dir, 'web'), [{ name: 'a run', title: 'A run', run }]);
  return {
    dir,
    run,
    get: (path: string, method = 'GET') => handle(new Request(`http://localhost${path}`, { method })),
  };
}

test('the page says of itself what its server says of it', async (t) => {
  const { get } = await served(t);
  t.is(/content="(default-src[^"]+)"/.exec(INDEX)?.[1], contentPolicy());
  for (const path of ['/', '/index.js', '/models.json']) {
    const response = await get(path);
    t.is(response?.headers.get('content-security-policy'), `${contentPolicy()}; frame-ancestors 'none'`);
    t.is(response?.headers.get('x-content-type-options'), 'nosniff');
  }
  t.regex((await get('/'))?.headers.get('content-type') ?? '', /^text\/html/);
});

test('a model is read by what the list calls it, held-out text where there is some', async (t) => {
  const { get, run } = await served(t);
  const listed = async (): Promise<{ passages?: string }[]> => {
    const response = await get('/models.json');
    return response ? ((await response.json()) as { models: { passages?: string }[] }).models : [];
  };
  t.deepEqual(await listed(), [{ name: 'a run', title: 'A run', url: 'models/a%20run/best' }]);
  t.is(await (await get('/models/a%20run/best/config.json'))?.text(), '{}');
  t.is(await get('/models/a%20run/passages.txt'), undefined);
  writeFileSync(join(run, 'passages.txt'), 'held out');
  t.is((await listed())[0]?.passages, 'models/a%20run/passages.txt');
  t.is(await (await get('/models/a%20run/passages.txt'))?.text(), 'held out');
});

test('nothing else is read, and nothing is written', async (t) => {
  const { get } = await served(t);
  for (const path of [
    '/models/a%20run/run.json',
    '/models/a%20run/best/../run.json',
    '/models/a%20run/best/..%2frun.json',
    '/models/a%20run/best/%2e%2e/run.json',
    '/../secret',
    '/..%2fsecret',
    '/models/a%20run/best/',
    '/constructor',
  ])
    t.is(await get(path), undefined, path);
  t.is(await get('/', 'POST'), undefined);
});

test('a page that is one file has its script and style by their hashes, and ends no script early', (t) => {
  const hostile = '</script><script>alert(1)</script>';
  const made = onePage(read, [{ name: hostile, title: hostile, files: { 'config.json': 'e30=' }, passages: hostile }]);
  t.is(made.split('</script>').length - 1, 3);
  t.false(made.includes('<script>alert'));
  const [, script = ''] = /<script type="module">([\s\S]*?)<\/script>/.exec(made) ?? [];
  t.is(script, "const a = '<\\/script>'; const b = '$&';");
  const hash = createHash('sha256').update(script).digest('base64');
  const [, policy = ''] = /content="(default-src[^"]+)"/.exec(made) ?? [];
  t.true(policy.includes(`script-src 'sha256-${hash}' 'wasm-unsafe-eval';`));
  t.false(/connect-src|https?:|unsafe-(inline|eval)(?<!wasm-unsafe-eval)/.test(policy));
  const block = (id: string) => JSON.parse(new RegExp(`id="${id}">(.*?)</script>`).exec(made)?.[1] ?? '');
  t.is(block('worker'), BUILT['worker.js']);
  t.is(block('models').models[0].passages, hostile);
});

test('models of one’s own come first, and take the place of examples of their name', (t) => {
  const examples = pageModels([]);
  t.deepEqual(
    examples.map(({ name }) => name),
    ['state-of-the-union', 'lstm', 'rnn'],
  );
  const all = pageModels(['/runs/mine', '/runs/lstm']);
  t.deepEqual(
    all.map(({ name }) => name),
    ['mine', 'lstm', 'state-of-the-union', 'rnn'],
  );
  t.is(all[1]?.run, '/runs/lstm');
  // The default of serve is one of them.
  t.is(pageModels([examples[0]?.run ?? ''])[0]?.title, examples[0]?.title);
  t.throws(() => runNames(['a/x', 'b/x']), {
    message: 'Expected run to be directories of different names, got x twice',
  });
});

test('page refuses a file that is there, and a run without a model', async (t) => {
  const dir = await temporaryDirectory(t);
  const out = join(dir, 'page.html');
  writeFileSync(out, 'mine');
  const there = await runCommand(['page', '--run', dir, '--out', out]);
  t.is(there.code, 2);
  t.regex(there.stderr, /Expected --out to be a new file, got .*page\.html\. --overwrite replaces it/);
  const none = await runCommand(['page', '--run', dir, '--out', out, '--overwrite']);
  t.is(none.code, 2);
  t.is(readFileSync(out, 'utf8'), 'mine');
});
