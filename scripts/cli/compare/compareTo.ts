import { type Cell, type CellName, InvalidArgumentError } from '../../../src/index.js';
import { type Comparison, checkReportPackages, compareCells } from '../../../src/lab.js';
import { loadCell } from '../loadCell.js';
import { preparedText } from '../preparedText.js';
import type { CompareFlags } from './CompareFlags.js';
import { checkNewReport, readComparison, writeRecord, writeReport } from './reportFiles.js';

const DEFAULT_MINUTES = 3;

/**
 * Compares cells as the flags say; keeps the record after every training, and writes the report after every round of runs;
 * tells of it on standard error. `typed` are the names of the flags on the command line.
 */
export async function compareTo(given: CompareFlags, typed: ReadonlySet<string>): Promise<void> {
  const resumeFrom = given.resume ? readComparison(given.out) : undefined;
  const flags = resumeFrom ? { ...given, ...begunWith(resumeFrom, typed) } : given;
  if (typed.has('longerCells') && flags.longer === undefined)
    throw new InvalidArgumentError('Expected --longer beside --longer-cells, got none');
  const { out, epochs, minutes = DEFAULT_MINUTES } = flags;
  if (!resumeFrom) checkNewReport(out, flags.overwrite);
  await checkReportPackages();
  const cells: (CellName | Cell)[] = [];
  for (const name of flags.cells) cells.push(await loadCell(name));
  const text = await preparedText(flags);
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
    workers: flags.workers,
    seed: flags.seed,
    seeds: flags.seeds,
    validations: flags.validations,
    forgetBias: flags.forgetBias,
    prompt: flags.prompt,
    resumeFrom,
    notes: { flags: { ...flags, out: undefined, resume: undefined, overwrite: undefined } },
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

/** Flags in whose place another one may stand. */
const RIVALS: Readonly<Record<string, readonly string[]>> = {
  ...{ epochs: ['minutes'], minutes: ['epochs'], valid: ['holdOut'], holdOut: ['valid'] },
  ...{ learningRate: ['tune', 'rates'], tune: ['learningRate'], rates: ['learningRate', 'tune'] },
};

/** The flags that a comparison began with, but for those on the command line and those in whose place such stand. */
function begunWith({ notes }: Comparison, typed: ReadonlySet<string>): Partial<CompareFlags> {
  const { flags = {} } = (notes ?? {}) as { flags?: Partial<CompareFlags> };
  const replaced = new Set([...typed].flatMap((name) => [name, ...(RIVALS[name] ?? [])]));
  return Object.fromEntries(Object.entries(flags).filter(([name]) => !replaced.has(name)));
}

function note(line: string): void {
  process.stderr.write(`${line}\n`);
}
