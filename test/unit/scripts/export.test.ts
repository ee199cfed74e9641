import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { InferenceModel } from '../../../src/inference/InferenceModel.js';
import { decodeSafetensors } from '../../../src/model/safetensors.js';
import { isMistake } from '../../support/isMistake.js';
import { smallModel } from '../../support/languageModels.js';
import { runCommand } from '../../support/runCommand.js';
import { temporaryDirectory } from '../../support/temporaryFiles.js';

test('export writes the best model of a run as float32 or float16, and says what it wrote', async (t) => {
  const dir = await temporaryDirectory(t);
  const run = await savedRun(dir);
  const weights = (path: string) => readFileSync(join(path, 'model.safetensors'));
  const best = join(run, 'best');
  for (const precision of ['float32', 'float16']) {
    const out = join(dir, 'public', precision);
    const { code, stdout, stderr } = await runCommand([...flagsOf(run, out), '--precision', precision]);
    t.is(code, 0, stderr);
    t.true(
      stdout.includes(`${join(out, 'model.safetensors')}  ${weights(out).length.toLocaleString('en')} bytes\n`),
      stdout,
    );
    t.is((await InferenceModel.load(out)).config.cell, 'gru');
    if (precision === 'float32') t.deepEqual(weights(out), weights(best));
    else t.true(decodeSafetensors(weights(out), out).tensors.size > 0 && weights(out).length < weights(best).length);
  }
});

test('export replaces a model only with --overwrite, and nothing else', async (t) => {
  const dir = await temporaryDirectory(t);
  const run = await savedRun(dir);
  const out = join(dir, 'out');
  t.is((await runCommand(flagsOf(run, out))).code, 0);
  const { code, stderr } = await runCommand(flagsOf(run, out));
  t.deepEqual(
    [code, stderr],
    [2, `Expected --out to be a new directory, got ${out}. --overwrite replaces a saved model\n`],
  );
  t.is((await runCommand([...flagsOf(run, out), '--overwrite'])).code, 0);
  t.not((await runCommand([...flagsOf(run, dir), '--overwrite'])).code, 0);
});

test("a run's own models stay, and the exported one has the figures of its training, and no path", async (t) => {
  const dir = await temporaryDirectory(t);
  const run = await savedRun(dir);
  writeFileSync(join(run, 'metrics.jsonl'), [1.5, 1.25, 1.75].map(line).join(''));
  const before = readFileSync(join(run, 'best', 'model.safetensors'));
  for (const out of [join(run, 'best'), run, join(run, 'new')]) {
    const flags = [...flagsOf(run, out), '--precision', 'float16', '--overwrite'];
    isMistake(t, await runCommand(flags), 'InvalidArgumentError');
  }
  t.deepEqual(readFileSync(join(run, 'best', 'model.safetensors')), before);
  t.is((await runCommand(flagsOf(run, join(dir, 'out')))).code, 0);
  const card = readFileSync(join(dir, 'out', 'README.md'), 'utf8');
  t.true(card.includes('| loss on the validation text, nats per token | 1.25 |'), card);
  t.false(card.includes(dir));
});

const line = (validNatsPerToken: number, at: number): string =>
  `${JSON.stringify({ epoch: at + 1, seconds: at, validNatsPerToken })}\n`;

const flagsOf = (run: string, out: string): string[] => ['export', '--run', run, '--out', out];

/** A directory with a best model. */
async function savedRun(dir: string): Promise<string> {
  const model = smallModel({ cell: 'gru', hiddenSize: 40 });
  const run = join(dir, 'run');
  mkdirSync(run);
  await model.save(join(run, 'best'));
  model.dispose();
  return run;
}
