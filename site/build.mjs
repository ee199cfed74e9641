// Builds the documentation site to site/dist: the pages of the repository as they are, and a reference of every public name.
// VitePress ends with an error where a link between pages is dead.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { globSync } from 'tinyglobby';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const PAGES = join(ROOT, 'site', 'pages');
const installed = (path) => join(ROOT, 'site', 'node_modules', path);

function run(program, ...args) {
  const { status } = spawnSync(process.execPath, [installed(program), ...args], { cwd: ROOT, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

rmSync(PAGES, { recursive: true, force: true });

const PROSE = ['*.md', 'docs/**/*.md', 'examples/*.md', 'corpus/*.md', 'models/*.md', 'test/fixtures/*/README.md'];
for (const path of globSync(PROSE, { cwd: ROOT })) {
  const to = join(PAGES, path);
  mkdirSync(dirname(to), { recursive: true });
  const text = readFileSync(join(ROOT, path), 'utf8');
  // Formulas come as text, too, right below; comments are for the tests of code blocks.
  const shown = text.replaceAll(/^```math\n[\s\S]*?^```\n\n?/gm, '').replaceAll(/<!--[\s\S]*?-->\n?/g, '');
  writeFileSync(to, shown);
}

// What pages show or lead to beside pages.
const FILES = [
  'LICENSE',
  'llms.txt',
  'docs/**/*.{py,html}',
  'examples/**/*.{ts,jsonl,html}',
  '.ci/run',
  'scripts/native.mjs',
];
for (const path of globSync(FILES, { cwd: ROOT, dot: true })) cpSync(join(ROOT, path), join(PAGES, 'public', path));
for (const path of globSync('docs/**/*.{svg,png}', { cwd: ROOT })) cpSync(join(ROOT, path), join(PAGES, path));

run(
  'typedoc/bin/typedoc',
  ...['--plugin', installed('typedoc-plugin-markdown/dist/index.js'), '--out', join(PAGES, 'api')],
  ...['--entryFileName', 'index', '--readme', 'none', '--useHTMLEncodedBrackets', '--sanitizeComments'],
);
if (!existsSync(join(PAGES, 'api', 'index.md'))) throw new Error('Expected typedoc to write api/index.md, got none');
run('vitepress/bin/vitepress.js', 'build', 'site');
