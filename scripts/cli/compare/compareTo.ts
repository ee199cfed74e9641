import {
  type BackendName,
  type Cell,
  type CellName,
  defaultWorkers,
  tuneBackend,
  useBackend,
} from '../../../src/index.js';
import { type Comparison, checkReportPackages, compareCells } from '../../../src/lab.js';
import type { Invocation } from '../Command.js';
import { loadCell } from '../loadCell.js';
import { DEFAULT_MINUTES } from '../options.js';
import { hereFrom, pathsFromHere, withoutPasswords } from '../paths.js';
import { preparedText } from '../preparedText.js';
import type { CompareFlags } from './CompareFlags.js';
import { checkCompareFlags } from './checkCompareFlags.js';
import { checkNewReport, readComparison, writeRecord, writeReport } from './reportFiles.js';

/**
 * Compares cells as the flags say; keeps the record after every training, and writes the report after every round of runs;
 * tells of it on standard error.
 */
export async function compareTo(given: CompareFlags, { typed, stdin, stderr }: Invocation): Promise<void> {
  const resumeFrom = given.resume ? readComparison(given.out) : undefined;
  const flags = resumeFrom ? { ...given, ...(await begunWith(resumeFrom, given.out, typed)) } : given;
  if (resumeFrom) checkCompareFlags({ ...flags, resume: false }, typed);
  const { out, epochs, minutes = DEFAULT_MINUTES } = flags;
  const { workers = resumeFrom?.settings.workers ?? defaultWorkers(flags.maxTokens) } = given;
  const { backend = resumeFrom?.settings.backend as BackendName | undefined } = given;
  if (workers > 1) tuneBackend('workers');
  if (backend) await useBackend(backend);
  const note = (line: string): void => void stderr.write(`${line}\n`);
  if (!resumeFrom) checkNewReport(out, flags.overwrite);
  await checkReportPackages();
  const cells: (CellName | Cell)[] = [];
  for (const name of flags.cells) cells.push(await loadCell(name));
  const text = await preparedText(flags, { stdin, stderr });
  const comparison = compareCells(text, {
    cells,
    budget: epochs === undefined ? { minutes } : { epochs },
    match: flags.match,
    ...(flags.longer !== undefined && { longer: { times: flags.longer, cells: flags.longerCells } }),
    hiddenSize: flags.hidden,
    embeddingSize: flags.embedding,
    layers: flags.layers,
    dropout: flags.dropout,
    maxTokens: flags.maxTokens,
    optimizer: flags.optimizer,
    learningRate: flags.tune ? flags.rates : flags.learningRate,
    clipNorm: flags.clip,
    workers,
    seed: flags.seed,
    seeds: flags.seeds,
    validations: flags.validations,
    forgetBias: flags.forgetBias,
    prompt: flags.prompt,
    resumeFrom,
    notes: { directory: hereFrom(out), flags: { ...withoutPasswords(flags), workers, ...OF_THE_CALL } },
    onProgress: note,
    onStep({ step, loss, tokensPerSecond }) {
      if (step % 100 !== 99) return;
      note(`  step ${step + 1} | loss ${loss.toFixed(3)} | ${Math.round(tokensPerSecond)} tokens/s`);
    },
  });
  let last: Comparison | undefined;
  for await (const record of comparison) {
    writeRecord(out, record);
    if (record.runs.length !== (last?.runs.length ?? 0) && record.runs.length % cells.length === 0)
      await writeReport(out, record);
    last = record;
  }
  if (last) await writeReport(out, last);
  note(`Report: ${out}/report.html`);
}

/** Flags that say which comparison, and what becomes of it, are not recorded. */
const OF_THE_CALL = { out: undefined, resume: undefined, overwrite: undefined, redraw: undefined };

/** Flags in whose place another one may stand. */
const RIVALS: Readonly<Record<string, readonly string[]>> = {
  ...{ epochs: ['minutes'], minutes: ['epochs'], valid: ['holdOut'], holdOut: ['valid'] },
  ...{ learningRate: ['tune', 'rates'], tune: ['learningRate'], rates: ['learningRate', 'tune'] },
};

/** The flags that a comparison began with, but for those on the command line and those in whose place such stand. */
async function begunWith(
  { notes }: Comparison,
  out: string,
  typed: ReadonlySet<string>,
): Promise<Partial<CompareFlags>> {
  const { flags = {}, directory } = (notes ?? {}) as { flags?: Partial<CompareFlags>; directory?: string };
  const replaced = new Set([...typed].flatMap((name) => [name, ...(RIVALS[name] ?? [])]));
  return Object.fromEntries(
    Object.entries(await pathsFromHere(flags, out, directory)).filter(([name]) => !replaced.has(name)),
  );
}
