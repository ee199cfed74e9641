import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type CDPSession, chromium, type Page } from 'playwright-core';
import { build } from 'vite';
import { pageHandler } from '../scripts/cli/pageHandler.js';
import { chromiumPath as executablePath } from '../test/support/chromiumPath.js';
import { handMadeFiles } from '../test/support/handMadeModel.js';
import { fileAt } from '../test/support/places.js';
import { median, printTable } from './table.js';

// What a key costs in the page, in Chromium: how long it holds the main thread, and how long until its character has its colour; and the time
// of scripts for a step of a search of 32 beams. A GRU of 512, 300 characters, as somebody may have trained one.

const KEYS = 40;
const CHARACTERS = 300;

/** So many characters as a model of English prose has. */
const ALPHABET = ' abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,;:!?-()"$%&/';

const dir = mkdtempSync(join(tmpdir(), 'babblebrook-bench-'));
const built = join(dir, 'web');
const best = join(dir, 'gru', 'best');
mkdirSync(best, { recursive: true });
const files = handMadeFiles({
  ...{ cell: 'gru', characters: ALPHABET, embeddingSize: 64, hiddenSize: 512 },
  weights: (name, at) => Math.sin(7 * at * at + name.length) * (name === 'projection' ? 0.5 : 0.05),
});
for (const [name, bytes] of Object.entries(files)) writeFileSync(join(best, name), bytes);
await build({ configFile: fileURLToPath(fileAt('web/vite.config.ts')), logLevel: 'error', build: { outDir: built } });
const handle = pageHandler(built, [{ name: 'gru', title: 'gru', run: join(dir, 'gru') }]);
const server = createServer(async ({ url = '/' }, outgoing) => {
  const response = await handle(new Request(`http://127.0.0.1${url}`));
  outgoing.writeHead(response?.status ?? 404, Object.fromEntries(response?.headers ?? []));
  outgoing.end(response && Buffer.from(await response.arrayBuffer()));
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
if (!executablePath) throw new Error('There is no Chromium here');
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });

/** What the page's main thread did so far, in milliseconds: all of it, and scripts. */
async function busy(session: CDPSession): Promise<{ task: number; script: number }> {
  const { metrics } = await session.send('Performance.getMetrics');
  const of = (name: string): number => 1000 * (metrics.find((metric) => metric.name === name)?.value ?? 0);
  return { task: of('TaskDuration'), script: of('ScriptDuration') };
}

/** Opens the page; its policy, which no script of a test may pass, is left out. */
async function open(set: Readonly<Record<string, string>>): Promise<{ page: Page; session: CDPSession }> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, bypassCSP: true });
  await page.goto(`${origin}/#${new URLSearchParams(set)}`);
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  return { page, session };
}

/** Keys in a text: how long each held the main thread at once, all that it made the main thread do, and until its colour was there. */
async function keys(where: 'end' | 'middle') {
  const text = 'The men and women of this country will go on. '.repeat(9).slice(0, CHARACTERS);
  const { page, session } = await open({ text });
  const isColoured = "[...document.querySelectorAll('.under span')].every((span) => span.dataset.k !== undefined)";
  await page.waitForFunction(`document.querySelectorAll('.under span').length === ${CHARACTERS} && ${isColoured}`);
  await page.evaluate(`(() => {
    globalThis.heard = [];
    const area = document.querySelector('#text');
    const under = document.querySelector('.under');
    let pressed;
    area.addEventListener('keydown', ({ timeStamp }) => { pressed = { at: timeStamp }; }, true);
    area.addEventListener('input', () => {
      const key = pressed;
      const begun = performance.now();
      // A task of its own comes when the key's are done.
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => { key.held = performance.now() - begun; };
      port2.postMessage(0);
    }, true);
    new MutationObserver(() => {
      if (!pressed || pressed.coloured || under.textContent !== area.value || !${isColoured}) return;
      pressed.coloured = performance.now() - pressed.at;
      heard.push(pressed);
    }).observe(under, { subtree: true, childList: true, attributes: true, characterData: true });
  })()`);
  await page.focus('#text');
  const at = where === 'end' ? CHARACTERS : CHARACTERS / 2;
  await page.evaluate(`document.querySelector('#text').setSelectionRange(${at}, ${at})`);
  await page.waitForTimeout(500);
  const tasks: number[] = [];
  for (let key = 0; key < KEYS; key++) {
    const before = await busy(session);
    await page.keyboard.press('e');
    await page.waitForFunction(`heard.length === ${key + 1}`, undefined, { polling: 20 });
    await page.waitForTimeout(100);
    tasks.push((await busy(session)).task - before.task);
  }
  const heard = await page.evaluate<{ held: number; coloured: number }[]>('heard');
  await page.close();
  return { held: heard.map(({ held }) => held), coloured: heard.map(({ coloured }) => coloured), tasks };
}

/** A search that is stepped through: the time of scripts for each step. */
async function steps(): Promise<number[]> {
  const { page, session } = await open({ view: 'beams', prompt: 'The ', beams: '32', steps: '200', step: '0' });
  await page.waitForFunction("/ of \\d+$/.test(document.querySelector('output')?.value ?? '')", undefined, {
    timeout: 300_000,
  });
  const last = Number(/\d+$/.exec(await page.inputValue('output').catch(() => page.innerText('output')))?.[0]);
  const made: number[] = [];
  for (let step = 1; step <= last; step++) {
    const before = await busy(session);
    await page.evaluate(`(() => {
      const range = document.querySelector('#step');
      range.value = ${step};
      range.dispatchEvent(new Event('input', { bubbles: true }));
    })()`);
    await page.evaluate('new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)))');
    made.push((await busy(session)).script - before.script);
  }
  await page.close();
  return made;
}

const cells = (name: string, all: readonly number[], limit?: number): string[] => [
  ...[name, median(all).toFixed(1), Math.max(...all).toFixed(1), limit === undefined ? '' : String(limit)],
];
try {
  const [end, middle] = [await keys('end'), await keys('middle')];
  printTable(
    ['ms', 'median', 'most', 'at most'],
    [
      cells('a key at the end holds the main thread', end.held, 16),
      cells('… all that the main thread does for it, in several turns', end.tasks),
      cells('… until it has its colour', end.coloured, 50),
      cells('a key in the middle holds the main thread', middle.held, 16),
      cells('… all that the main thread does for it, in several turns', middle.tasks),
      cells('… until all behind it has its colour', middle.coloured, 200),
      cells('scripts for a step of 32 beams, 200 steps', await steps(), 8),
    ],
  );
} finally {
  await browser.close();
  server.closeAllConnections();
  server.close();
  rmSync(dir, { recursive: true });
}
