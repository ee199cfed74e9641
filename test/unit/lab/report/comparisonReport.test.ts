import { readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { InvalidArgumentError } from '../../../../src/errors.js';
import type { Comparison } from '../../../../src/lab/comparison/Comparison.js';
import { comparisonReport } from '../../../../src/lab/report/comparisonReport.js';
import { describeComparison } from '../../../../src/lab/report/describeComparison.js';
import { writeMarkdown } from '../../../../src/lab/report/writeMarkdown.js';
import { comparisonFixture } from '../../../support/comparisons.js';
import { runProgram } from '../../../support/runProgram.js';
import { temporaryDirectory } from '../../../support/temporaryFiles.js';
import { testWith } from '../../../support/testWith.js';

const comparison = comparisonFixture();
const report = await comparisonReport(comparison);

/** What a report says, without its plots, which take long to be drawn. */
const markdownOf = (record: Comparison): string => writeMarkdown(describeComparison(record), 'plots');

const python = (await runProgram('python3', ['--version']).catch(() => ({ code: 1 }))).code === 0;

testWith('python3', python)('every plot is well-formed XML with a size and words for who cannot see it', async (t) => {
  const folder = await temporaryDirectory(t);
  for (const [name, svg] of report.plots) await writeFile(join(folder, name), svg);
  const program = [
    'import json, os, sys, xml.etree.ElementTree as tree',
    'roots = {name: tree.parse(os.path.join(sys.argv[1], name)).getroot() for name in os.listdir(sys.argv[1])}',
    'print(json.dumps({name: [root.tag, dict(root.attrib)] for name, root in roots.items()}))',
  ].join('\n');
  const { code, stdout, stderr } = await runProgram('python3', ['-c', program, folder]);
  t.is(code, 0, stderr);
  const roots: [string, Record<string, string>][] = Object.values(JSON.parse(stdout));
  t.is(roots.length, report.plots.size);
  for (const [tag, attributes] of roots) {
    t.is(tag, '{http://www.w3.org/2000/svg}svg');
    t.deepEqual([attributes['width'], attributes['height'], attributes['role']], ['360', '250', 'img']);
    t.true((attributes['aria-label'] ?? '').length > 30);
  }
});

test('there is a plot of each kind for each cell', (t) => {
  t.deepEqual([...report.plots.keys()].sort(), [
    'gates-gru-0-candidate.svg',
    'gates-gru-0-hidden.svg',
    'gates-gru-0-reset.svg',
    'gates-gru-0-update.svg',
    'gates-lstm-0-candidate.svg',
    'gates-lstm-0-forget.svg',
    'gates-lstm-0-hidden.svg',
    'gates-lstm-0-input.svg',
    'gates-lstm-0-memory.svg',
    'gates-lstm-0-output.svg',
    'gates-rnn-0-hidden.svg',
    'gradient-flow-loss.svg',
    'gradient-flow-lstm.svg',
    'gradient-flow-rnn.svg',
    'gradient-flow-state.svg',
    'gradient-norm-gru.svg',
    'gradient-norm-lstm.svg',
    'gradient-norm-rnn.svg',
    'learning-rates.svg',
    'loss-longer.svg',
    'loss-training-time.svg',
    'loss-training-tokens.svg',
    'loss-validation-time.svg',
    'loss-validation-tokens.svg',
  ]);
});

test('no plot has a number that is none', (t) => {
  for (const [name, svg] of report.plots) t.notRegex(svg, /NaN|Infinity|undefined/, name);
});

test('what each cell computes is told once, as it was recorded, line by line; a record without that has a report', async (t) => {
  const equation = (cell: string): string => `h_t = ${cell}(x_t)\ny_t = `;
  for (const cell of ['rnn', 'lstm', 'gru']) {
    t.is(
      report.markdown.split(`${cell.toUpperCase()}:\n\n\`\`\`\`text\n${equation(cell)}<b>\`\`\`</b>\n\`\`\`\`\n`)
        .length,
      2,
    );
    t.is(report.html.split(`>${equation(cell)}&#60;b&#62;\`\`\`&#60;/b&#62;</pre>`).length, 2);
  }
});

test('the page needs nothing else: no address but that of the SVG standard, no script, and every id is there once', (t) => {
  const addresses = new Set(report.html.match(/https?:\/\/[^\s"'<]+/g));
  addresses.delete('http://example.org)'); // in a text that a model wrote
  t.deepEqual([...addresses].sort(), ['http://www.w3.org/1999/xlink', 'http://www.w3.org/2000/svg']);
  t.notRegex(report.html, /<script|<link rel="stylesheet|@import|\bon\w+="/);
  const ids = [...report.html.matchAll(/\bid="([^"]+)"/g)].map(([, id]) => id);
  t.is(new Set(ids).size, ids.length);
});

test('what a model wrote is text in the page and in the Markdown', (t) => {
  t.true(report.html.includes('&#60;script&#62;document.title'));
  t.true(report.markdown.includes('\\<script\\>document.title'));
  const rows = report.markdown.split('\n').filter((line) => /^\| RNN \| (greedy|sampling|beam)/.test(line));
  t.is(rows.length, 3);
  for (const row of rows) t.is(row.replaceAll('\\|', '').split('|').length, 5);
});

test('page and Markdown have the same numbers', (t) => {
  for (const text of ['1.450 ± 0.635', '1,000', '10.0 % ± 0.0 %', '2.092 ± 0.917']) {
    t.true(report.html.includes(text), text);
    t.true(report.markdown.includes(text), text);
  }
});

test('the Markdown shows every plot', (t) => {
  const shown = [...report.markdown.matchAll(/\]\(plots\/([^)]+)\)/g)].map(([, name]) => name);
  t.deepEqual(shown.sort(), [...report.plots.keys()].sort());
});

test('what the Markdown says needs no plot to be drawn', (t) => {
  t.is(markdownOf(comparison), report.markdown);
});

test('the same record makes the same report', async (t) => {
  t.deepEqual(await comparisonReport(JSON.parse(JSON.stringify(comparison))), report);
});

test('a comparison of one cell and one seed, a run of one step, and without gates, gradient flow and samples, has a report', async (t) => {
  const [first] = comparison.runs;
  if (!first) return t.fail();
  const steps = Object.fromEntries(Object.entries(first.steps).map(([name, column]) => [name, column.slice(0, 1)]));
  const run = { ...first, steps: steps as typeof first.steps, validation: first.validation.slice(0, 1) };
  const { html, plots } = await comparisonReport({
    ...comparison,
    trials: [],
    runs: [{ ...run, gates: [], gradientFlow: [], samples: [] }],
  });
  t.regex(html, /<h1>RNN on the same text<\/h1>/);
  t.is(plots.size, 5);
  for (const svg of plots.values()) t.notRegex(svg, /NaN|Infinity|undefined/);
});

test('cells are ranked by what the runs have in common: time, or tokens', (t) => {
  t.regex(
    report.markdown,
    /loss after 1\u00a0min 30\u00a0s, on 50 other .* better: LSTM 1\.450 ± 0\.635, GRU 1\.550 ± 0\.635 and RNN 1\.850/,
  );
  const byEpochs = { ...comparison, settings: { ...comparison.settings, budget: { epochs: 1 } } };
  const markdown = markdownOf(byEpochs);
  t.regex(markdown, /for one epoch, twice/);
  t.regex(
    markdown,
    /loss after 90,000 tokens, on 50 other .* better: LSTM 1\.450 ± 0\.635, GRU 2\.040 ± 0\.508 and RNN 2\.925/,
  );
});

test('what is said follows from the record: what the seeds carry, rates, forget bias, longer runs, clipping', (t) => {
  for (const sentence of [
    // The differences of the fixture are the same for both seeds.
    'Behind LSTM, the 95 % interval of the difference lying above 0: GRU by 0.100 ± 0.000 and RNN by 0.400 ± 0.000.',
    'All cells learned best at 0.005.',
    'would have been: from 0.0025 to 0.01 GRU and RNN.',
    // The runs of each of three cells end 0.1 apart: a standard deviation of 0.0707 with 3 degrees of freedom, times 3.182·√2.
    'lie less than 0.318 apart',
    // From 1.6 to 1.1.
    'Larger than that are the changes of LSTM (better by 0.500).',
    'The loss rose again of LSTM after 2 min: on text',
    'Steps that were clipped: RNN 10.0 %, LSTM 10.0 % and GRU 10.0 %.',
    'Adam, its highest learning rate the one found for each cell;',
  ])
    t.true(report.markdown.replaceAll('\u00a0', ' ').includes(sentence), sentence);
});

test('an optimizer is called by its name, and a rate for all is told', (t) => {
  const settings = { ...comparison.settings, optimizer: 'sgd', learningRate: 0.5 } as const;
  const markdown = markdownOf({ ...comparison, settings, trials: [] });
  t.true(markdown.includes('SGD, its highest learning rate 0.5;'));
  t.true(markdown.includes('All cells had one learning rate'));
  t.notRegex(markdown, /Adam|## Learning rates|forget bias|With more time/);
});

test('differences that one seed contradicts are not told for facts', (t) => {
  const runs = comparison.runs.map((run) =>
    run.cell === 'gru' && run.seed === 2
      ? { ...run, validation: run.validation.map((point) => ({ ...point, natsPerToken: point.natsPerToken - 0.15 })) }
      : run,
  );
  const markdown = markdownOf({ ...comparison, runs });
  t.true(
    markdown.includes('These runs do not separate from LSTM: GRU') ||
      markdown.includes('These runs do not separate from GRU: LSTM'),
  );
});

test('what became infinite is told, and left out of all means', async (t) => {
  const infinite = {
    steps: { seconds: [], tokens: [], length: [], loss: [], gradientNorm: [] },
    ...{ validation: [], gates: [], gradientFlow: [], samples: [] },
  };
  const runs = comparison.runs.map((run) => (run.cell === 'rnn' && run.seed === 2 ? { ...run, ...infinite } : run));
  const trials = comparison.trials.map((trial) => (trial.purpose === 'search' ? trial : { ...trial, validation: [] }));
  const { markdown, plots } = await comparisonReport({ ...comparison, runs, trials });
  t.true(markdown.includes('Not all runs count: 1 of 2 runs of RNN became infinite.'));
  t.true(markdown.includes('Loss or gradients became infinite: LSTM.'));
  t.regex(markdown, /\| LSTM \| 0\.005 \| 1\.600 \| infinite \| – \|/);
  // The first run of the RNN alone.
  t.regex(markdown, /better: LSTM 1\.450 ± 0\.635, GRU 1\.550 ± 0\.635 and RNN 1\.800\./);
  for (const [name, svg] of plots) t.notRegex(svg, /NaN|Infinity|undefined/, name);
  await t.throwsAsync(comparisonReport({ ...comparison, runs: [] }), {
    instanceOf: InvalidArgumentError,
    message: /got 0 runs and 17 trials$/,
  });
});

test('a run that was only validated at its end counts with that', (t) => {
  const runs = comparison.runs.map((run) => ({ ...run, validation: run.validation.slice(-1) }));
  const markdown = markdownOf({ ...comparison, runs });
  t.true(markdown.includes('better: LSTM 1.450 ± 0.635, GRU 1.550 ± 0.635 and RNN 1.850 ± 0.635.'));
});

test('only the drawing of plots loads Vega, and only when a plot is drawn', (t) => {
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  const importing = files.filter((file) =>
    /^import (?!type)[^;]*'vega|import\('vega/m.test(readFileSync(join('src', file), 'utf8')),
  );
  t.deepEqual(importing, ['lab/report/loadVega.ts']);
  t.notRegex(readFileSync('src/lab/report/loadVega.ts', 'utf8'), /^import (?!type)[^;]*'vega/m);
});
