import { existsSync, readFileSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { checkWritableDirectory } from '../../../src/files/checkWritableDirectory.js';
import { makeDirectory } from '../../../src/files/makeDirectory.js';
import { writeWhole } from '../../../src/files/writeWhole.js';
import { FileFormatError, FileWriteError, InvalidArgumentError } from '../../../src/index.js';
import { type Comparison, comparisonReport, parseComparison } from '../../../src/lab.js';

const RECORD = 'compare.json';
const PLOTS = 'plots';

/**
 * Checks that a new comparison may go into a directory, before any work.
 * @throws {InvalidArgumentError} when it is no path, or holds one already and `overwrite` is not set.
 * @throws {FileWriteError} when it cannot be made or written into.
 */
export function checkNewReport(out: string, overwrite: boolean): void {
  checkWritableDirectory(out);
  const held = [RECORD, 'report.html', 'report.md', PLOTS].find((name) => existsSync(join(out, name)));
  if (!overwrite && held !== undefined)
    throw new InvalidArgumentError(
      `Expected --out to be a new directory, got ${out}, which holds ${held}. --resume goes on with a comparison, --overwrite replaces it, --redraw draws it`,
    );
}

/**
 * Writes a comparison alone, whole: `compare.json`.
 * @throws {FileWriteError} when it cannot be written.
 */
export function writeRecord(out: string, comparison: Comparison): void {
  makeDirectory(out);
  writeWhole(join(out, RECORD), `${JSON.stringify(comparison)}\n`);
}

/**
 * Writes a comparison and its report: `compare.json`, `report.html`, `report.md`, and `plots/`.
 * @throws {FileWriteError} when a file of these cannot be written.
 */
export async function writeReport(out: string, comparison: Comparison): Promise<void> {
  const { html, markdown, plots } = await comparisonReport(comparison);
  const folder = join(out, PLOTS);
  try {
    makeDirectory(folder);
    writeRecord(out, comparison);
    for (const [name, svg] of plots) writeWhole(join(folder, name), svg);
    for (const name of await readdir(folder))
      if (name.endsWith('.svg') && !plots.has(name)) await rm(join(folder, name));
    writeWhole(join(out, 'report.md'), markdown);
    writeWhole(join(out, 'report.html'), html);
  } catch (error) {
    if (error instanceof FileWriteError) throw error;
    throw new FileWriteError(`Expected to write into ${out}, but ${(error as Error).message}`, { cause: error });
  }
}

/**
 * Reads the comparison of a directory, from its `compare.json`.
 * @throws {FileFormatError} when there is none, or it is no comparison.
 */
export function readComparison(out: string): Comparison {
  checkWritableDirectory(out);
  const path = join(out, RECORD);
  if (!existsSync(path))
    throw new FileFormatError(
      `Expected --out to be a directory made by the command compare, got ${out}, which has no ${RECORD}`,
    );
  return parseComparison(readFileSync(path, 'utf8'), path);
}

/**
 * Draws the report of a directory again, from its `compare.json`.
 * @throws {FileFormatError} when there is none, or it is no comparison.
 */
export async function redrawReport(out: string, stderr: Writable): Promise<void> {
  await writeReport(out, readComparison(out));
  stderr.write(`Report: ${join(out, 'report.html')}\n`);
}
