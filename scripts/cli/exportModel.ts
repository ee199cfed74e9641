import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { checkWritableDirectory } from '../../src/files/checkWritableDirectory.js';
import { makeDirectory } from '../../src/files/makeDirectory.js';
import { InvalidArgumentError, RunDirectory, useBackend } from '../../src/index.js';
import type { ExportFlags } from '../export.js';
import type { Invocation } from './Command.js';
import { print } from './print.js';

/** Writes a run's best model elsewhere, as the flags say, and prints its files and their bytes. */
export async function exportModel(
  { run, precision, out, overwrite, backend }: ExportFlags,
  { stdout }: Pick<Invocation, 'stdout'>,
): Promise<void> {
  if (existsSync(out) && !overwrite)
    throw new InvalidArgumentError(
      `Expected --out to be a new directory, got ${out}. --overwrite replaces a saved model`,
    );
  checkWritableDirectory(dirname(out));
  if (backend) await useBackend(backend);
  makeDirectory(dirname(out));
  await RunDirectory.exportBest(run, { to: out, precision });
  const lines = readdirSync(out).map((name) => {
    const path = join(out, name);
    return `${path}  ${statSync(path).size.toLocaleString('en')} bytes\n`;
  });
  await print(stdout, lines.join(''));
}
