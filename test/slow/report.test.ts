import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import type { Browser, Page } from 'playwright-core';
import { comparisonReport } from '../../src/lab/report/comparisonReport.js';
import { inChromium, launchChromium, PATIENCE } from '../support/chromium.js';
import { comparisonFixture } from '../support/comparisons.js';
import { temporaryDirectory } from '../support/temporaryFiles.js';

// The page of a comparison in a real browser.
const SCREENSHOTS = 'runs/screenshots';
const { html, plots } = await comparisonReport(comparisonFixture());
let browser: Browser | undefined;

test.before(async (t) => {
  browser = await launchChromium(t);
  await mkdir(SCREENSHOTS, { recursive: true });
});
test.after.always(() => browser?.close());

/** A page that a file is opened in, and all that it asks the network for or complains of. */
async function open(
  t: ExecutionContext,
  content: string,
  { width, colorScheme, name = 'report.html' }: { width: number; colorScheme: 'light' | 'dark'; name?: string },
): Promise<{ page: Page; requests: string[]; complaints: string[] }> {
  const file = join(await temporaryDirectory(t), name);
  await writeFile(file, content);
  if (!browser) throw new Error('There is no Chromium');
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme });
  t.teardown(() => context.close());
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  const requests: string[] = [];
  const complaints: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(pathToFileURL(file).href);
  return { page, requests: requests.filter((url) => !url.startsWith('file:') && !url.startsWith('data:')), complaints };
}

for (const width of [1280, 390])
  for (const colorScheme of ['light', 'dark'] as const) {
    const where = `at ${width} pixels, ${colorScheme}`;

    inChromium(`${where}: the page asks for nothing and complains of nothing`, async (t) => {
      const { requests, complaints, page } = await open(t, html, { width, colorScheme });
      await page.screenshot({ path: `${SCREENSHOTS}/report-${width}-${colorScheme}.png`, fullPage: true });
      t.deepEqual({ requests, complaints }, { requests: [], complaints: [] });
    });

    inChromium(
      `${where}: nothing is wider than the page, and what is wider than its table can be scrolled to`,
      async (t) => {
        const { page } = await open(t, html, { width, colorScheme });
        t.is(await page.evaluate('document.documentElement.scrollWidth'), width);
        t.deepEqual(await page.evaluate(OVERFLOWING), []);
      },
    );

    inChromium(`${where}: no blocks of the page overlap, and no texts of a plot`, async (t) => {
      const { page } = await open(t, html, { width, colorScheme });
      t.deepEqual(await page.evaluate(OVERLAPPING), []);
    });

    inChromium(`${where}: every text stands out from the paper by a contrast of 4.5 at least`, async (t) => {
      const { page } = await open(t, html, { width, colorScheme });
      t.deepEqual(await page.evaluate(FAINT), []);
    });
  }

for (const colorScheme of ['light', 'dark'] as const)
  inChromium(`the file of a plot has its own ${colorScheme} colours, and its texts do not overlap`, async (t) => {
    for (const [name, svg] of plots) {
      const { page, complaints, requests } = await open(t, svg, { width: 400, colorScheme, name });
      if (name.startsWith('loss-validation'))
        await page.screenshot({ path: `${SCREENSHOTS}/${name}-${colorScheme}.png` });
      t.deepEqual({ complaints, requests }, { complaints: [], requests: [] });
      t.deepEqual(await page.evaluate(OVERLAPPING), [], name);
      t.deepEqual(await page.evaluate(FAINT), [], name);
    }
  });

inChromium('what a model wrote stays text', async (t) => {
  const { page } = await open(t, html, { width: 1280, colorScheme: 'light' });
  t.is(await page.title(), 'RNN, LSTM and GRU on the same text');
  t.is(await page.locator('script, img').count(), 0);
  t.is(await page.getByText('<script>document.title').count(), 3);
});

inChromium(
  'these checks find what they look for: a page that is too wide, texts over each other, faint text',
  async (t) => {
    const broken = html
      .replace('<h1>', '<p style="width: 2000px; color: #ddd">wide</p><h1 style="margin-top: -60px">')
      .replaceAll('font-size="11px"', 'font-size="40px"');
    const { page } = await open(t, broken, { width: 1280, colorScheme: 'light' });
    const count = async (check: string): Promise<number> => ((await page.evaluate(check)) as string[]).length;
    t.true((await count(OVERFLOWING)) >= 1);
    t.true((await count(OVERLAPPING)) >= 20);
    t.is(await count(FAINT), 1);
  },
);

// What runs in the browser is text: its types are not those of Node.

/** Elements that reach beyond the page, other than inside of what scrolls; texts that reach beyond their plot. */
const OVERFLOWING = `
  [...document.querySelectorAll('main *')].filter((element) => {
    if (element.closest('.scroll table, .unseen')) return false;
    const frame = element.closest('svg');
    const limit = frame && element !== frame ? frame.getBoundingClientRect() : { left: 0, right: innerWidth };
    const box = element.getBoundingClientRect();
    return element.textContent !== '' && (box.left < limit.left - 1 || box.right > limit.right + 1);
  }).map((element) => element.outerHTML.slice(0, 200))`;

/** Pairs of blocks, or of texts within one plot, that lie over each other. */
const OVERLAPPING = `
  (() => {
    const found = [];
    const check = (elements) => elements.forEach((a, index) => elements.slice(index + 1).forEach((b) => {
      const [p, q] = [a.getBoundingClientRect(), b.getBoundingClientRect()];
      const across = Math.min(p.right, q.right) - Math.max(p.left, q.left);
      const down = Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top);
      if (across > 1 && down > 1) found.push(a.outerHTML.slice(0, 120) + ' / ' + b.outerHTML.slice(0, 120));
    }));
    check([...document.querySelectorAll('h1, h2, p, .scroll, .plots > li')]);
    for (const table of document.querySelectorAll('table')) check([...table.querySelectorAll('th, td')]);
    for (const plot of document.querySelectorAll('svg'))
      check([...plot.querySelectorAll('text')].filter((text) => text.textContent.trim() !== ''));
    return found;
  })()`;

/** Texts whose colour is too near to that of the paper (WCAG 2, contrast (minimum)). */
const FAINT = `
  (() => {
    const channels = (colour) => colour.match(/[\\d.]+/g).slice(0, 3).map(Number);
    const luminance = (colour) => channels(colour)
      .map((value) => value / 255)
      .map((value) => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
      .reduce((sum, value, channel) => sum + value * [0.2126, 0.7152, 0.0722][channel], 0);
    const rect = document.querySelector('svg > rect');
    const paper = luminance(document.body ? getComputedStyle(document.body).backgroundColor : getComputedStyle(rect).fill);
    const colourOf = (element) => element instanceof SVGElement ? getComputedStyle(element).fill : getComputedStyle(element).color;
    return [...document.querySelectorAll('h1, h2, p, th, td, text')].filter((element) => {
      const [low, high] = [paper, luminance(colourOf(element))].sort((a, b) => a - b);
      return element.textContent.trim() !== '' && (high + 0.05) / (low + 0.05) < 4.5;
    }).map((element) => element.outerHTML.slice(0, 200));
  })()`;
