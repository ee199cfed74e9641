import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FileFormatError, InvalidArgumentError } from '../../src/errors.js';
import { checkWritable, writeWhole } from '../../src/files/writeWhole.js';
import { InferenceModel } from '../../src/inference.js';
import type { PageFlags } from '../page.js';
import { builtPage } from './builtPage.js';
import type { Invocation } from './Command.js';
import { onePagePolicy } from './contentPolicy.js';
import { MODEL_FILES, PASSAGES_FILE, type PageModel } from './pageModels.js';
import { print } from './print.js';
import { runNames } from './runNames.js';

/** Writes the page as one file, with the models of runs inside. */
export async function writePage(
  { run: runs, out, overwrite }: PageFlags,
  { stdout, stderr }: Pick<Invocation, 'stdout' | 'stderr'>,
): Promise<void> {
  if (existsSync(out) && !overwrite)
    throw new InvalidArgumentError(`Expected --out to be a new file, got ${out}. --overwrite replaces it`);
  checkWritable(out);
  const models = runNames(runs).map(([name, run]) => ({ name, title: name, run }));
  // What the page could not read is told here.
  for (const { run } of models) await InferenceModel.load(join(run, 'best'));
  const built = await builtPage((line) => stderr.write(`${line}\n`));
  const made = onePage((name) => readFileSync(join(built, name), 'utf8'), models.map(held));
  writeWhole(out, made);
  await print(stdout, `${out}  ${Buffer.byteLength(made).toLocaleString('en')} bytes\n`);
}

/** A model as the page holds it. */
interface HeldModel {
  readonly name: string;
  readonly title: string;
  /** Its files, in Base64. */
  readonly files: Readonly<Record<string, string>>;
  readonly passages: string | undefined;
}

function held({ name, title, run }: PageModel): HeldModel {
  const files = MODEL_FILES.map((file) => [file, join(run, 'best', file)] as const).filter(([, path]) =>
    existsSync(path),
  );
  const passages = join(run, PASSAGES_FILE);
  return {
    ...{ name, title },
    files: Object.fromEntries(files.map(([file, path]) => [file, readFileSync(path).toString('base64')])),
    passages: existsSync(passages) ? readFileSync(passages, 'utf8') : undefined,
  };
}

/** The built page as one text: its script, style, icon and worker, and the models, stand within it. */
export function onePage(read: (name: string) => string, models: readonly HeldModel[]): string {
  const [script, style] = [inScript(read('index.js')), read('index.css')];
  const icon = `data:image/svg+xml;base64,${Buffer.from(read('icon.svg')).toString('base64')}`;
  const notices = existsText(read, 'licenses.md');
  const policy = onePagePolicy(hashOf(script), hashOf(style));
  const blocks = [
    `<script type="application/json" id="worker">${jsonOf(read('worker.js'))}</script>`,
    `<script type="application/json" id="models">${jsonOf({ models })}</script>`,
    `<script type="module">${script}</script>`,
    notices && `<script type="text/plain" id="licenses">${notices.replaceAll('<', '&lt;')}</script>`,
  ];
  return [
    [
      /<meta\s+http-equiv="Content-Security-Policy"[^>]*>/,
      `<meta http-equiv="Content-Security-Policy" content="${policy}" />`,
    ],
    [/<link rel="icon"[^>]*>/, `<link rel="icon" href="${icon}" />`],
    [/<link rel="stylesheet"[^>]*>/, `<style>${style}</style>`],
    [/<script type="module"[^>]*><\/script>/, ''],
    [/<\/body>/, `${blocks.filter(Boolean).join('\n')}\n</body>`],
  ].reduce((page, [found, made]) => replaced(page, found as RegExp, made as string), read('index.html'));
}

function replaced(page: string, found: RegExp, made: string): string {
  if (!found.test(page)) throw new FileFormatError(`Expected the built page to have ${found}, got none`);
  // Not as a pattern, in which $ has a meaning.
  return page.replace(found, () => made);
}

/** What ends no element of HTML. */
function inScript(code: string): string {
  if (code.includes('<!--')) throw new FileFormatError('Expected a script without <!--, got one with it');
  return code.replaceAll('</script', '<\\/script');
}

function jsonOf(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c');
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

function existsText(read: (name: string) => string, name: string): string | undefined {
  try {
    return read(name);
  } catch {
    return undefined;
  }
}
