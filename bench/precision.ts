import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { evaluate, LanguageModel, PRECISION_NAMES, prepareText, RunDirectory } from '../src/index.js';
import { printTable } from './table.js';

// What it costs to save the best model of a run as float16: its loss on the sentences that the training held out, and the bytes of its weights.
const { values } = parseArgs({
  options: { run: { type: 'string' }, corpus: { type: 'string', default: 'corpus/state-of-the-union.txt' } },
});
if (!values.run) throw new Error('Expected --run with a directory that `npm run train` made');
const model = await RunDirectory.loadBest(values.run);
const text = await prepareText({ corpus: values.corpus, tokenizer: model.tokenizer });
const { cell, layers, hiddenSize } = model.config;
const dir = mkdtempSync(join(tmpdir(), 'babblebrook-bench-'));
const table: string[][] = [];
for (const precision of PRECISION_NAMES) {
  const path = join(dir, precision);
  await model.save(path, { precision });
  const saved = await LanguageModel.load(path);
  const { bitsPerCharacter } = await evaluate(saved, text.validBatches);
  saved.dispose();
  const bytes = statSync(join(path, 'model.safetensors')).size;
  const nats = bitsPerCharacter * Math.LN2;
  table.push([`${cell} ${layers} × ${hiddenSize}, ${precision}`, (bytes / 1e6).toFixed(2), nats.toFixed(6)]);
}
model.dispose();
rmSync(dir, { recursive: true });
printTable(['model', 'weights, MB', 'nats per character'], table);
