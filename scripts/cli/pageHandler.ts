import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { namesOfPage } from './builtPage.js';
import { contentPolicy } from './contentPolicy.js';
import { MODEL_FILES, PASSAGES_FILE, type PageModel } from './pageModels.js';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
  '.md': 'text/plain; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
};

/** Answers what the page asks for; `undefined` where a path is none of the page's. */
export type PageHandler = (request: Request) => Promise<Response | undefined>;

/** Answers for the page: its files, the list of models, and their files. */
export function pageHandler(built: string, models: readonly PageModel[]): PageHandler {
  const headers = {
    'content-security-policy': `${contentPolicy()}; frame-ancestors 'none'`,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    // What is trained or built anew is seen.
    'cache-control': 'no-cache',
  };
  const files = new Map(namesOfPage(built).map((name) => [`/${name}`, join(built, name)]));
  const index = files.get('/index.html');
  if (index) files.set('/', index);
  for (const { name, run } of models) {
    const at = `/models/${encodeURIComponent(name)}`;
    for (const file of MODEL_FILES) files.set(`${at}/best/${file}`, join(run, 'best', file));
    files.set(`${at}/${PASSAGES_FILE}`, join(run, PASSAGES_FILE));
  }
  return async ({ method, url }) => {
    if (method !== 'GET' && method !== 'HEAD') return undefined;
    const { pathname } = new URL(url);
    if (pathname === '/models.json' && index) return Response.json({ models: models.map(listed) }, { headers });
    const file = files.get(pathname);
    const content = file && (await readFile(file).catch(() => undefined));
    if (!content) return undefined;
    const type = TYPES[extname(file)] ?? 'application/octet-stream';
    return new Response(new Uint8Array(content), {
      headers: { ...headers, 'content-type': type, 'content-length': String(content.length) },
    });
  };
}

/** A model as the page's list has it. */
function listed({ name, title, run }: PageModel) {
  const at = `models/${encodeURIComponent(name)}`;
  const passages = existsSync(join(run, PASSAGES_FILE)) ? `${at}/${PASSAGES_FILE}` : undefined;
  return { name, title, url: `${at}/best`, passages };
}
