import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TokenPredictor } from '../src/index.js';
import { tuneBackend } from '../src/model/tuneBackend.js';
import { median, printTable } from './table.js';

// Time steps of some hypotheses, by InferenceModel and by LanguageModel on TensorFlow, which take turns: rows a second of the processor's
// time, so that what else a machine does matters less. TensorFlow has one thread, as it has when the command line decodes.
tuneBackend('decoding');
const { CharacterTokenizer, InferenceModel, LanguageModel, useBackend } = await import('../src/index.js');
await useBackend('tensorflow');

const ROUNDS = 7;
const ROWS = [1, 4, 8, 16, 32, 64];
const MODELS = [
  { cell: 'lstm', hiddenSize: 256, vocabularySize: 100 },
  { cell: 'gru', hiddenSize: 512, vocabularySize: 100 },
  { cell: 'gru', hiddenSize: 512, vocabularySize: 2000 },
  { cell: 'lstm', hiddenSize: 1024, vocabularySize: 100 },
] as const;

/** Rows a second of the processor's time. */
async function speed<State>(model: TokenPredictor<State>, count: number): Promise<number> {
  const steps = Math.max(6, Math.ceil(300 / count));
  const before = process.cpuUsage();
  let state: State | undefined;
  for (let step = 0; step < steps; step++) {
    const rows = Int32Array.from({ length: count }, (_, row) => (step === 0 ? -1 : row));
    const ids = rows.map((_, row) => (7 * row + step) % model.tokenizer.vocabularySize);
    const next = await model.next(state, rows, ids);
    if (state !== undefined) model.free(state);
    state = next.state;
  }
  if (state !== undefined) model.free(state);
  const { user, system } = process.cpuUsage(before);
  return (1e6 * steps * count) / (user + system);
}

const dir = mkdtempSync(join(tmpdir(), 'babblebrook-bench-'));
const table: string[][] = [];
for (const { cell, hiddenSize, vocabularySize } of MODELS) {
  const characters = Array.from({ length: vocabularySize - 3 }, (_, at) => 0x100 + at);
  const tokenizer = new CharacterTokenizer(String.fromCodePoint(...characters));
  const model = new LanguageModel({ cell, tokenizer, hiddenSize });
  await model.save(join(dir, 'model'));
  const inference = await InferenceModel.load(join(dir, 'model'));
  for (const rows of ROWS) {
    const speeds: [number, number][] = [];
    for (let round = 0; round <= ROUNDS; round++) speeds.push([await speed(inference, rows), await speed(model, rows)]);
    const measured = speeds.slice(1);
    const [ours, theirs] = [median(measured.map(([a]) => a)), median(measured.map(([, b]) => b))];
    const ratio = median(measured.map(([a, b]) => a / b));
    const name = `${cell} ${hiddenSize}, ${vocabularySize} tokens`;
    table.push([name, String(rows), ours.toFixed(0), theirs.toFixed(0), ratio.toFixed(2)]);
  }
  model.dispose();
}
rmSync(dir, { recursive: true });
printTable(['model', 'hypotheses', 'InferenceModel', 'TensorFlow', 'ratio'], table);
