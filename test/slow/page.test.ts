import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text as textOf } from 'node:stream/consumers';
import { fileURLToPath, pathToFileURL } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { build } from 'vite';
import { pageHandler } from '../../scripts/cli/pageHandler.js';
import { onePage } from '../../scripts/cli/writePage.js';
import { inChromium, launchChromium, PATIENCE } from '../support/chromium.js';
import { handMadeFiles } from '../support/handMadeModel.js';
import { markovFiles } from '../support/markovModel.js';
import { fileAt } from '../support/places.js';
import { runCommand } from '../support/runCommand.js';
import { startServer } from '../support/startServer.js';

// The page as it is built, in a browser that reaches nothing but this test's server.

const project = await mkdtemp(join(tmpdir(), 'babblebrook-page-'));
const built = join(project, 'web');
const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What may follow what; behind a, 0.6, 0.2 and 0.2. */
const CHAIN = {
  EOS: { a: 0.9, b: 0.1 },
  a: { a: 0.2, b: 0.6, c: 0.2 },
  b: { a: 0.1, b: 0.1, c: 0.8 },
  c: { a: 0.25, EOS: 0.75 },
};

/** Models that know nothing of language: their weights are waves. */
const waves = (cell: 'rnn' | 'lstm' | 'gru') =>
  handMadeFiles({
    ...{ cell, characters: 'abc .', embeddingSize: 5, hiddenSize: 7 },
    weights: (name, at) => Math.sin(7 * at * at + name.length),
  });

/** An RNN whose state says nothing to the next time step. */
const forgetful = handMadeFiles({
  ...{ cell: 'rnn', characters: 'abc', embeddingSize: 5, hiddenSize: 7 },
  weights: (name, at) => (name.endsWith('recurrentWeights') ? 0 : Math.sin(7 * at * at + name.length)),
});

const MODELS: Readonly<Record<string, Readonly<Record<string, Uint8Array>>>> = {
  known: markovFiles(CHAIN),
  endless: markovFiles({ EOS: { a: 0.5, b: 0.5 }, a: { a: 0.1, b: 0.9 }, b: { a: 0.9, b: 0.1 } }),
  forgetful,
  rnn: waves('rnn'),
  lstm: waves('lstm'),
  gru: waves('gru'),
};

let browser: Browser | undefined;
let origin = '';
let close = (): void => {};

test.before(async (t) => {
  t.timeout(2 * PATIENCE);
  for (const [name, files] of Object.entries(MODELS)) {
    await mkdir(join(project, name, 'best'), { recursive: true });
    for (const [file, bytes] of Object.entries(files)) await writeFile(join(project, name, 'best', file), bytes);
  }
  await writeFile(join(project, 'known', 'passages.txt'), 'abab\nabca\n');
  await build({
    configFile: fileURLToPath(fileAt('web/vite.config.ts')),
    logLevel: 'silent',
    build: { outDir: built },
  });
  const handle = pageHandler(
    built,
    Object.keys(MODELS).map((name) => ({ name, title: name, run: join(project, name) })),
  );
  const server = createServer(async ({ method = 'GET', url = '/' }, outgoing) => {
    const response = await handle(new Request(`http://127.0.0.1${url}`, { method }));
    outgoing.writeHead(response?.status ?? 404, Object.fromEntries(response?.headers ?? []));
    if (response?.body) Readable.fromWeb(response.body as never).pipe(outgoing);
    else outgoing.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  close = () => {
    server.closeAllConnections();
    server.close();
  };
  browser = await launchChromium(t, { args: ['--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'] });
});
test.after.always(async () => {
  await browser?.close();
  close();
  await rm(project, { recursive: true });
});

/** The page at an address, and all that it asked others for or said on the console. */
async function open(
  t: ExecutionContext,
  hash: string,
  { width = 1280, dark = false, url = `${origin}/` }: { width?: number; dark?: boolean; url?: string } = {},
): Promise<{ page: Page; context: BrowserContext; complaints: string[] }> {
  t.timeout(PATIENCE);
  if (!browser) throw new Error('There is no Chromium');
  const context = await browser.newContext({
    viewport: { width, height: 900 },
    colorScheme: dark ? 'dark' : 'light',
    reducedMotion: 'reduce',
    acceptDownloads: true,
  });
  t.teardown(() => context.close());
  context.setDefaultTimeout(60_000);
  const complaints: string[] = [];
  await context.route(
    (asked) => !['blob:', 'data:', 'file:'].includes(asked.protocol) && asked.origin !== new URL(url).origin,
    (route) => {
      complaints.push(route.request().url());
      return route.abort();
    },
  );
  const page = await context.newPage();
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error.stack)));
  await page.goto(`${url}${hash}`);
  await page.waitForSelector('main');
  return { page, context, complaints };
}

/** The address of settings. */
const hashOf = (set: Readonly<Record<string, string | number>>): string =>
  `#${new URLSearchParams(
    Object.entries({ model: 'known', temperature: 1, ...set }).map(([name, value]): [string, string] => [
      name,
      String(value),
    ]),
  )}`;

/** What a part of the page says, in one line. */
const said = async (page: Page, selector: string): Promise<string> =>
  (await page.locator(selector).first().innerText()).replace(/\s+/g, ' ').trim();

/** Waits until a part of the page says something: what never comes is an error. */
async function says(page: Page, selector: string, what: RegExp | string): Promise<void> {
  await page.locator(selector).filter({ hasText: what }).first().waitFor({ state: 'attached' });
}

/** The rows of a table. */
const rowsOf = (page: Page, table: string): Promise<string[]> =>
  page
    .locator(table)
    .first()
    .locator('tbody tr')
    .allInnerTexts()
    .then((rows) => rows.map((row) => row.replace(/\s+/g, ' ').trim()));

// ── The six views, by numbers worked by hand ──

inChromium(
  'Write: a character is as surprising as its probability says, and the place shows what could stand there',
  async (t) => {
    const { page, complaints } = await open(t, hashOf({ text: 'abc', at: 1 }));
    await says(page, '.side h2', 'In the place of “b”');
    await page.locator('.alternatives tbody tr').first().waitFor();
    const rows = await rowsOf(page, '.alternatives');
    t.regex(rows[0] ?? '', /^1 b.* stands here 60\.0 % 60\.0 %$/);
    t.regex(rows[1] ?? '', /^2 a.* 20\.0 % 20\.0 %$/);
    // The mean of −ln 0.9, −ln 0.6, −ln 0.8 and −ln 0.75, the last of which is the end.
    await says(
      page,
      '.figures',
      '3 characters, 0.28 nats each in the mean, its end included; that it ends here: 75.0 %',
    );
    const tints = await page.locator('.under span').evaluateAll((spans) => spans.map(({ className }) => className));
    // −ln 0.9 = 0.105, −ln 0.6 = 0.51, −ln 0.8 = 0.22, in tenths of 6 nats.
    t.deepEqual(tints, ['', 'hot-1 here', '']);
    t.deepEqual(complaints, []);
  },
);

inChromium('Write: temperature, top-k and top-p change what is drawn, and what they exclude is grey', async (t) => {
  const { page } = await open(t, hashOf({ text: 'ab', at: 1, temperature: 2 }));
  // √0.6 of √0.6 + 2·√0.2.
  await says(page, '.alternatives tbody tr', /60\.0 %\s*46\.4 %/);
  await page.fill('#top-k', '1');
  await says(page, '.alternatives tbody tr', /60\.0 %\s*100\.0 %/);
  await says(page, '.alternatives tr.excluded', 'top-k excludes it');
  await page.fill('#top-k', '');
  await page.fill('#temperature', '1');
  await page.fill('#top-p', '0.5');
  await t.notThrowsAsync(says(page, '.alternatives tr.excluded', 'top-p excludes it'));
});

inChromium('Write: pointing shows a place, a click keeps it, and what is taken there goes on', async (t) => {
  const { page } = await open(t, hashOf({ text: 'abc', seed: 3, length: 5 }));
  await says(page, '.side h2', 'What comes next');
  await page.locator('.under span[data-k="0"]').waitFor();
  const place = await page.locator('.under span[data-k="0"]').boundingBox();
  await page.mouse.move((place?.x ?? 0) + 2, (place?.y ?? 0) + 8);
  await says(page, '.side h2', 'In the place of “a”');
  await page.locator('#text').press('Home');
  await page.getByRole('button', { name: 'Take b and go on' }).click();
  await page.waitForFunction("document.querySelector('#text').value.startsWith('b')");
  await page.getByRole('button', { name: 'Take back' }).click();
  t.is(await page.inputValue('#text'), 'abc');
});

inChromium(
  'Units: a unit colours the text, a passage finds the unit that is on there, and where it is on again',
  async (t) => {
    // Unit 5 is on where c was read, and nowhere else.
    const { page, complaints } = await open(t, hashOf({ view: 'units', text: 'abcab', unit: 5, threshold: 0.5 }));
    await page.locator('.under span.hot-10').waitFor();
    const tints = await page.locator('.under span').evaluateAll((spans) => spans.map(({ className }) => className));
    t.deepEqual(tints, ['', '', 'hot-10', '', '']);
    await page.focus('#text');
    await page.evaluate("document.querySelector('#text').setSelectionRange(2, 3)");
    await says(page, '.side h2', 'On in “c”');
    await says(page, '.ranked li', /Unit 5\s+elsewhere 0 %, mean 1\.00/);
    await says(page, '.side .note', '1 passage, the longest first');
    t.is(await page.locator('.passages mark').innerText(), 'c');
    t.regex(await said(page, '.passages li'), /abca/);
    t.deepEqual(complaints, []);
  },
);

inChromium('Units: a model without held-out text says so', async (t) => {
  const { page } = await open(t, hashOf({ view: 'units', model: 'gru', text: 'abc' }));
  await t.notThrowsAsync(says(page, '.side', 'This model comes without held-out text'));
});

inChromium(
  'Memory: a model that knows the last character alone has all of its memory there, and cells are in rows',
  async (t) => {
    const { page, complaints } = await open(
      t,
      hashOf({ view: 'memory', text: 'abcab', at: 4, rows: 'forgetful;lstm;gru;rnn' }),
    );
    await page.locator('.memory-row').nth(3).waitFor();
    const titles = await page.locator('.memory-row h2').allInnerTexts();
    t.deepEqual(
      titles.map((title) => title.replace(/\s+/g, ' ')),
      ['RNN forgetful', 'RNN rnn', 'LSTM lstm', 'GRU gru'],
    );
    const tints = await page
      .locator('.memory-row')
      .first()
      .locator('.tinted span')
      .evaluateAll((spans) => spans.map(({ className }) => className));
    t.deepEqual(tints, ['', '', '', 'near-10', 'here']);
    t.regex(await said(page, '.memory-row'), /Half of it is in the last 1, nine tenths in the last 1/);
    t.deepEqual(complaints, []);
  },
);

inChromium(
  'Beams: a search is a tree that is stepped through, and says what is certain and why the rest is not',
  async (t) => {
    const { page, complaints } = await open(t, hashOf({ view: 'beams', prompt: '', beams: 2, steps: 6 }));
    // The most probable sentence: a, b, c, and the end: 0.9 · 0.6 · 0.8 · 0.75.
    await says(page, '.player output', /^\d of \d$/);
    await says(page, '.committed strong', 'abc');
    t.regex(await said(page, '.hypotheses >> nth=-1'), /abc ■ −1\.13 finished/);
    await page.locator('#step').focus();
    await page.keyboard.press('Home');
    await says(page, '.player output', /^0 of/);
    t.not(await said(page, '.why'), '');
    await page.getByRole('button', { name: 'Step', exact: true }).click();
    await says(page, '.player output', /^1 of/);
    await page.locator('.hypotheses tbody tr').nth(1).waitFor();
    // ln 0.9 and ln 0.1.
    t.deepEqual(
      (await rowsOf(page, '.hypotheses')).map((row) => row.replace(/ \S+$/, '')),
      ['a −0.11', 'b −2.30'],
    );
    t.deepEqual(complaints, []);
  },
);

inChromium('Beams: 32 beams and 200 steps are drawn, and played', async (t) => {
  const { page } = await open(t, hashOf({ view: 'beams', model: 'endless', prompt: 'ab', beams: 32, steps: 200 }));
  await says(page, '.player output', '200 of 200');
  t.is(await page.locator('.hypotheses tbody tr').count(), 3);
  await page.locator('#step').focus();
  await page.keyboard.press('Home');
  await page.getByRole('button', { name: 'Play' }).click();
  await says(page, '.player output', /^[6-9] of 200/);
  await page.getByRole('button', { name: 'Pause' }).click();
  await says(page, 'h2', '32 live');
});

inChromium('Steer: what is held changes what is written, beside the same seed unheld', async (t) => {
  // Where every unit is held at 0, every token is as likely as any other.
  const set = { view: 'steer', prompt: '', seed: 4, length: 12, pins: '0.hidden=0' };
  const { page, complaints } = await open(t, hashOf(set));
  await page.locator('.pair .tinted').nth(1).waitFor();
  await says(page, '.held', 'all units, at 0');
  await says(page, '[role=status]', /They (are the same for \d+ tokens?, and then part|part at the first token)/);
  await page.getByRole('button', { name: 'Let go' }).click();
  await says(page, '.pair', 'Nothing is held yet');
  await page.fill('#pin-unit', '5');
  await page.fill('#pin-value', '2');
  await page.getByRole('button', { name: 'Hold it' }).click();
  await says(page, '.held', 'unit 5, at 2');
  t.deepEqual(complaints, []);
});

inChromium(
  'Yours: a directory that is picked is a model here, and what is none is said to be none, and nothing is lost',
  async (t) => {
    const { page } = await open(t, hashOf({ view: 'yours', text: 'written before' }));
    await page.setInputFiles('#directory', join(project, 'lstm'));
    await says(page, '.models', /LSTM, 7 units, 8 tokens/);
    const wrong = join(project, 'wrong');
    await mkdir(wrong, { recursive: true });
    await writeFile(join(wrong, 'notes.txt'), '<b>no model</b>');
    await page.setInputFiles('#directory', wrong);
    await says(page, '.problem', 'That did not work');
    await page.fill('#url', `${origin}/nowhere`);
    await page.getByRole('button', { name: 'Open' }).click();
    await says(page, '.problem', '404');
    await page.getByRole('link', { name: 'Write' }).first().click();
    t.is(await page.inputValue('#text'), 'written before');
  },
);

inChromium('Yours: a damaged model says what is wrong with it', async (t) => {
  const damaged = join(project, 'damaged', 'best');
  await mkdir(damaged, { recursive: true });
  for (const [name, bytes] of Object.entries(MODELS['gru'] ?? {}))
    await writeFile(join(damaged, name), name === 'model.safetensors' ? bytes.subarray(0, 100) : bytes);
  const { page } = await open(t, hashOf({ view: 'yours' }));
  await page.setInputFiles('#directory', join(project, 'damaged'));
  await t.notThrowsAsync(says(page, '.problem', 'model.safetensors'));
});

// ── What holds for all of them ──

/** A state of each view, and what shows that it is there. */
const STATES: Readonly<
  Record<string, { readonly set: Readonly<Record<string, string | number>>; readonly there: string }>
> = {
  write: { set: { text: 'abca', at: 2, temperature: 0.7 }, there: '.alternatives tbody tr' },
  units: { set: { view: 'units', text: 'abcab', unit: 5, from: 2, to: 3 }, there: '.passages mark' },
  memory: { set: { view: 'memory', text: 'abcab', at: 3, rows: 'lstm;gru' }, there: '.memory-row' },
  beams: { set: { view: 'beams', prompt: 'a', beams: 3, steps: 8, step: 2 }, there: '.hypotheses tbody tr' },
  steer: { set: { view: 'steer', prompt: 'a', length: 9, pins: '0.hidden.5=2' }, there: '.pair .tinted' },
  yours: { set: { view: 'yours' }, there: '.models p:text("units")' },
};

for (const [name, { set, there }] of Object.entries(STATES)) {
  inChromium(`${name}: an address alone shows the same`, async (t) => {
    const { page } = await open(t, hashOf(set));
    await page.locator(there).first().waitFor();
    await page.waitForTimeout(800);
    const address = await page.evaluate<string>('location.hash');
    const shown = await said(page, 'main');
    const second = await open(t, address);
    await second.page.locator(there).first().waitFor();
    await second.page.waitForTimeout(800);
    t.is(await said(second.page, 'main'), shown);
    t.deepEqual(second.complaints, []);
  });

  for (const dark of [false, true])
    inChromium(`${name}, ${dark ? 'dark' : 'light'}: axe finds nothing, at 390 and at 1,280 pixels`, async (t) => {
      for (const width of [390, 1280]) {
        const { page } = await open(t, hashOf(set), { width, dark });
        await page.locator(there).first().waitFor();
        await page.evaluate(axe);
        const found = await page.evaluate<{
          violations: { id: string; nodes: { html: string; failureSummary: string }[] }[];
        }>('axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] })');
        t.deepEqual(
          found.violations.map(({ id, nodes }) => [
            id,
            ...nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`),
          ]),
          [],
        );
      }
    });

  inChromium(`${name}: nothing is wider than the window, from 390 to 1,920 pixels`, async (t) => {
    for (const width of [390, 800, 1920]) {
      const { page } = await open(t, hashOf(set), { width });
      await page.locator(there).first().waitFor();
      t.true((await page.evaluate<number>('document.documentElement.scrollWidth')) <= width, String(width));
    }
  });
}

inChromium('what is written is never markup, and all of it can be saved as SVG', async (t) => {
  const hostile = '<img src=x onerror=alert(1)> & "a"';
  const { page, complaints } = await open(t, hashOf({ text: hostile }));
  await says(page, '.figures', 'characters');
  t.is(await page.locator('main img').count(), 0);
  const saved = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save as SVG' }).first().click();
  const svg = await textOf((await (await saved).createReadStream()) as Readable);
  t.regex(svg, /^<svg xmlns=/);
  t.false(svg.includes('<img'));
  const parsed = await page.evaluate<string>(
    `new DOMParser().parseFromString(${JSON.stringify(svg)}, 'image/svg+xml').documentElement.textContent`,
  );
  t.true(parsed.includes('<img'));
  t.deepEqual(complaints, []);
});

inChromium('a picture that is saved has what is scrolled out of sight, and stays where it was', async (t) => {
  const { page } = await open(t, hashOf({ view: 'units', model: 'gru', text: 'abc'.repeat(100) }));
  await page.locator('.scroller').waitFor();
  await page.evaluate("document.querySelector('.scroller').scrollTo(500, 0)");
  const saved = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save as SVG' }).last().click();
  const svg = await textOf((await (await saved).createReadStream()) as Readable);
  // Each of 300 characters has a column of 14 pixels.
  t.true(Number(/width="([\d.]+)"/.exec(svg)?.[1]) >= 300 * 14);
  t.is(await page.evaluate("document.querySelector('.scroller').scrollLeft"), 500);
});

for (const width of [390, 1280])
  inChromium(`the tree of a search is as wide as it is drawn, at ${width} pixels`, async (t) => {
    const { page } = await open(t, hashOf({ view: 'beams', model: 'endless', prompt: 'a' }), { width });
    await page.locator('.beams canvas').waitFor();
    const [drawn, shown] = await page.evaluate<[number, number]>(
      "(({ width, clientWidth }) => [width, clientWidth])(document.querySelector('.beams canvas'))",
    );
    t.is(drawn, shown);
  });

inChromium('a key in a text of 300 characters is coloured, whatever comes before', async (t) => {
  const { page } = await open(t, hashOf({ text: 'abcab'.repeat(60) }));
  await says(page, '.figures', '300 characters');
  await page.locator('#text').press('End');
  await page.keyboard.type('abc');
  await says(page, '.figures', '303 characters');
  t.is(await page.locator('.under span').count(), 303);
});

inChromium('what the address says wrongly counts as not said', async (t) => {
  const { page } = await open(t, '#view=nowhere&temperature=-3&topK=x&pins=;;=&model=known');
  await says(page, '.alternatives', '%');
  t.is(await page.inputValue('#temperature'), '0.7');
});

inChromium('a model that is not here is said to be missing, and others are offered', async (t) => {
  const { page } = await open(t, '#model=elsewhere');
  await says(page, '.problem', 'The address names the model “elsewhere”');
  await page.selectOption('#model', 'known');
  await t.notThrowsAsync(says(page, '.standing', 'RNN'));
});

// ── One file ──

inChromium('a page that is one file works from disk, without network, under its own policy', async (t) => {
  const base64 = (files: Readonly<Record<string, Uint8Array>>) =>
    Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name, Buffer.from(bytes).toString('base64')]));
  const sources = new Map<string, string>();
  for (const name of ['index.html', 'index.js', 'index.css', 'worker.js', 'icon.svg', 'licenses.md'])
    sources.set(name, await readFile(join(built, name), 'utf8'));
  const made = onePage(
    (name) => sources.get(name) ?? '',
    [
      { name: 'known', title: 'known </script><b>', files: base64(MODELS['known'] ?? {}), passages: 'abca\n' },
      { name: 'gru', title: 'gru', files: base64(MODELS['gru'] ?? {}), passages: undefined },
    ],
  );
  const file = join(project, 'page.html');
  await writeFile(file, made);
  const { page, context, complaints } = await open(t, hashOf({ text: 'abc', at: 1 }), {
    url: pathToFileURL(file).href,
  });
  await context.setOffline(true);
  await says(page, '.alternatives tbody tr', /60\.0 %\s*60\.0 %/);
  await page.getByRole('link', { name: 'Memory' }).click();
  await page.locator('.memory-row').nth(1).waitFor();
  await page.getByRole('link', { name: 'Units' }).click();
  await says(page, '.passages', 'abca');
  t.deepEqual(complaints, []);
});

test('the command page writes a page with the models of runs', async (t) => {
  t.timeout(PATIENCE);
  const out = join(project, 'written.html');
  const args = ['page', '--run', join(project, 'known'), join(project, 'gru'), '--out', out];
  const { code, stdout, stderr } = await runCommand(args);
  t.is(code, 0, stderr);
  t.regex(stdout, /written\.html {2}[\d,]+ bytes\n$/);
  const models = /id="models">(.*?)<\/script>/.exec(await readFile(out, 'utf8'))?.[1] ?? '';
  t.deepEqual(
    JSON.parse(models).models.map(({ name, passages }: { name: string; passages?: string }) => [name, passages]),
    [
      ['known', 'abab\nabca\n'],
      ['gru', undefined],
    ],
  );
  t.is((await runCommand([...args, '--overwrite'])).code, 0);
});

inChromium('serve shows the page at /, with its own models and the examples', async (t) => {
  const server = await startServer(['--run', join(project, 'known')], {}, { page: true });
  t.teardown(() => server.end('SIGKILL'));
  const { page, complaints } = await open(t, hashOf({ text: 'abc', at: 1 }), { url: `${server.url}/` });
  await says(page, '.alternatives tbody tr', /60\.0 %\s*60\.0 %/);
  const offered = await page.locator('#model option').allInnerTexts();
  t.deepEqual(
    offered.map((title) => title.split(' ')[0]),
    ['known', 'state-of-the-union', 'lstm', 'rnn'],
  );
  t.regex(server.log(), /see them think: http:\/\/127\.0\.0\.1:\d+\/$/m);
  t.deepEqual(complaints, []);
});
