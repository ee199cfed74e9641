// Compares cells on the same text, and writes a page with plots: npx tsx examples/06-compare-cells.ts [MINUTES] [DIRECTORY] [CORPUS]
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { prepareText } from 'babblebrook';
import { type Comparison, compareCells, comparisonReport, summarizeComparison } from 'babblebrook/lab';

const [minutes = '1', path = 'runs/cells', corpus = 'corpus/state-of-the-union.txt'] = process.argv.slice(2);

const maxTokens = 3200;
const text = await prepareText({ corpus, maxTokens });
let comparison: Comparison | undefined;
for await (comparison of compareCells(text, {
  cells: ['rnn', 'lstm', 'gru'],
  budget: { minutes: Number(minutes) },
  learningRate: [0.005, 0.02], // the better one for each cell; with one number, the same for all
  seeds: 1, // with three or more, the report has intervals
  hiddenSize: 128, // of the largest cell: the others get as many parameters
  maxTokens,
  onProgress: (words) => console.log(words),
})) console.log('one training more is in the record');

if (comparison) {
  for (const { cell, learningRate, lossAtEqualTime } of summarizeComparison(comparison).cells)
    console.log(`${cell} at ${learningRate}: ${lossAtEqualTime.mean.toFixed(3)} nats per character`);
  const { html } = await comparisonReport(comparison); // needs: npm install vega@6 vega-lite@6
  await mkdir(path, { recursive: true });
  await writeFile(join(path, 'report.html'), html);
  console.log(`plots: ${join(path, 'report.html')}`);
}
