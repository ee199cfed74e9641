// Builds the documentation site to site/dist: the pages of the repository as they are, and a reference of every public name.
// A link that leads nowhere is an error.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { globSync } from 'tinyglobby';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const PAGES = join(ROOT, 'site', 'pages');
const DIST = join(ROOT, 'site', 'dist');
const installed = (path) => join(ROOT, 'site', 'node_modules', path);

function run(...args) {
  const { status } = spawnSync(process.execPath, args, {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, VITE_EXTRA_EXTENSIONS: 'py,jsonl' },
  });
  if (status !== 0) process.exit(status ?? 1);
}

rmSync(PAGES, { recursive: true, force: true });

const PROSE = ['*.md', 'LICENSE', 'docs/**/*.md', 'examples/*.md', 'corpus/*.md', 'models/*.md'];
for (const path of globSync(PROSE, { cwd: ROOT })) {
  // A README is what a server shows of a directory.
  const to = join(PAGES, path.replace(/README\.md$/, 'index.md').replace(/LICENSE$/, 'LICENSE.md'));
  mkdirSync(dirname(to), { recursive: true });
  const text = readFileSync(join(ROOT, path), 'utf8');
  // Formulas come as text, too, right below; comments are for the tests of code blocks.
  const shown = text
    .replaceAll(/^```math\n[\s\S]*?^```\n\n?/gm, '')
    .replaceAll(/<!--[\s\S]*?-->\n?/g, '')
    .replaceAll(/(\]\([^)\s]*)README\.md(?=[)#])/g, '$1index.md')
    .replaceAll('](LICENSE)', '](LICENSE.md)');
  writeFileSync(to, shown);
}

// What pages show or lead to beside pages.
const FILES = [
  'LICENSE',
  'llms.txt',
  'docs/**/*.{py,html,jsonl}',
  'examples/**/*.{ts,jsonl,html}',
  '.ci/run',
  'scripts/native.mjs',
];
for (const path of globSync(FILES, { cwd: ROOT, dot: true })) cpSync(join(ROOT, path), join(PAGES, 'public', path));
for (const path of globSync('docs/**/*.{svg,png}', { cwd: ROOT })) cpSync(join(ROOT, path), join(PAGES, path));

// The page that shows a model think, with the models that come with the package inside, and in the page about it.
const SEEN = ['state-of-the-union', 'lstm', 'rnn'].map((name) => `models/${name}`);
run('--import', 'tsx', 'scripts/page.ts', '--run', ...SEEN, '--out', join(PAGES, 'public', 'see.html'));
const about = join(PAGES, 'docs', 'page.md');
const frame =
  '<iframe src="/see.html" title="See a language model think" style="width: 100%; height: 48rem; border: 1px solid var(--vp-c-divider)"></iframe>';
writeFileSync(about, readFileSync(about, 'utf8').replace('\n## Six views', `\n${frame}\n\n## Six views`));

run(
  installed('typedoc/bin/typedoc'),
  ...['--plugin', installed('typedoc-plugin-markdown/dist/index.js'), '--out', join(PAGES, 'api')],
  ...['--entryFileName', 'index', '--readme', 'none', '--useHTMLEncodedBrackets', '--sanitizeComments'],
);
if (!existsSync(join(PAGES, 'api', 'index.md'))) throw new Error('Expected typedoc to write api/index.md, got none');
run(installed('vitepress/bin/vitepress.js'), 'build', 'site');

/** What a link of a page leads to: a file, or a page by its path without the suffix. */
function isThere(page, link) {
  const path = decodeURI(link.startsWith('/') ? join(DIST, link) : normalize(join(dirname(page), link)));
  return (
    existsSync(`${path}.html`) ||
    (existsSync(path) && (statSync(path).isFile() || existsSync(join(path, 'index.html'))))
  );
}

const dead = globSync('**/*.html', { cwd: DIST, ignore: ['examples/browser/**', 'see.html'] }).flatMap((path) =>
  [...readFileSync(join(DIST, path), 'utf8').matchAll(/(?:href|src)="([^"#?]+)/g)]
    .map(([, link]) => link)
    .filter((link) => !/^(?:[a-z]+:|\/\/)/i.test(link) && !isThere(join(DIST, path), link))
    .map((link) => `${path}: ${link}`),
);
if (dead.length > 0) throw new Error(`Expected links that lead somewhere, got\n${[...new Set(dead)].join('\n')}`);
