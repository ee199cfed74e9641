import { cpus } from 'node:os';
import { lastValueFrom, tap } from 'rxjs';
import {
  defaultWorkers,
  type FitEvent,
  fit,
  hasRecurrentWeights,
  InvalidArgumentError,
  LanguageModel,
  NonFiniteError,
  tuneBackend,
  useBackend,
} from '../../../src/index.js';
import {
  bestTrial,
  drawSettings,
  rungsOf,
  type SearchSpace,
  type SearchTrial,
  type Settings,
  successiveHalving,
} from '../../../src/lab.js';
import type { Invocation } from '../Command.js';
import { checkTrainFlags } from '../checkTrainFlags.js';
import { asksForDropout } from '../dropoutFlags.js';
import { durationOf } from '../durationOf.js';
import { flagOf } from '../flagOf.js';
import { interruption } from '../interruption.js';
import { loadCell } from '../loadCell.js';
import { modelStart } from '../modelStart.js';
import { optimizerOf } from '../optimizerOf.js';
import { print } from '../print.js';
import { CONTINUOUS_RECIPE, recipeFlags } from '../recipe.js';
import { trainingText } from '../trainingText.js';
import { LEFT_OUT_AT_ZERO, SEARCHABLE } from './space.js';
import type { TuneFlags } from './TuneFlags.js';
import { TuneLog } from './TuneLog.js';

/**
 * Trains with settings of a space, on the text that flags name, and keeps each trial as a line of a file; those that it holds are not made
 * again. The first has the defaults.
 */
export async function tuneTo(
  given: TuneFlags,
  declared: SearchSpace,
  { typed, stdin, stderr, stdout, signal }: Invocation,
): Promise<number> {
  const flags = recipeFlags(given, typed);
  const { hours, minutes, continuous, rows, window } = { ...CONTINUOUS_RECIPE, ...flags };
  const plan = rungsOf({ hours, minutes });
  const isSearchable = await canBeSearched(flags, declared);
  const space = Object.fromEntries(Object.entries(declared).filter(([name]) => !typed.has(name) && isSearchable(name)));
  if (Object.keys(space).length === 0)
    throw new InvalidArgumentError('Expected a setting to search that no flag says, got none');
  const log = TuneLog.read(flags.log);
  const workers = flags.workers ?? defaultWorkers(continuous ? rows * window : flags.maxTokens);
  if (workers > 1) tuneBackend('workers');
  if (flags.backend) await useBackend(flags.backend);
  const start = { found: undefined, asked: typed, stderr };
  // What is dropped by default depends on the cell.
  const { flags: defaults } = await modelStart(flags, start);
  const recipe = Object.fromEntries(SEARCHABLE.map((name) => [name, defaults[name]]));
  const text = await trainingText(flags, { stdin, stderr });
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'a processor'}`;
  log.open({ corpus: flags.corpus, fingerprint: text.fingerprint, seed: flags.seed, recipe, space, machine, workers });
  const { stop, release } = interruption(signal);

  /** Why the last training has no loss. */
  let failure: string | undefined;
  const train = async (settings: Settings, minutes: number): Promise<number> => {
    failure = undefined;
    // As train does with the same flags.
    const said = new Set([...typed, ...Object.keys(settings)]);
    const drawn = withoutZeros(recipeFlags({ ...given, ...settings, minutes }, said));
    let model: LanguageModel | undefined;
    try {
      checkTrainFlags(drawn, new Set());
      const { options } = await modelStart(drawn, { ...start, asked: said });
      model = new LanguageModel({ ...options, tokenizer: text.tokenizer });
      let loss = NaN;
      const duration = durationOf(drawn, text.size.train.batches);
      const training = fit(model, {
        ...{ batches: text.batches, validBatches: text.validBatches, carryState: continuous, workers, signal: stop },
        ...{ optimizer: optimizerOf(drawn, duration), until: duration.until },
        ...{ clipNorm: drawn.clip, averageDecay: drawn.average || undefined },
        ...{ labelSmoothing: drawn.labelSmoothing, pastDecode: drawn.pastDecode, precision: drawn.precision },
        evaluateEvery: Number.MAX_SAFE_INTEGER,
      });
      const seen = tap((event: FitEvent) => {
        if (event.type === 'evaluation') loss = event.metrics.validNatsPerToken;
      });
      await lastValueFrom(training.pipe(seen));
      return loss;
    } catch (error) {
      // Settings that come apart, or do not go together. Where the defaults do not, no trial is worth its time.
      const isOfSettings =
        error instanceof NonFiniteError || (error instanceof InvalidArgumentError && Object.keys(settings).length > 0);
      if (!isOfSettings) throw error;
      failure = error.message;
      return NaN;
    } finally {
      model?.dispose();
    }
  };

  const rungs = plan.map(({ trials, minutes: each }) => `${trials} of ${each.toFixed(2)} min`).join(', ');
  await print(stderr, `trainings: ${rungs}; ${log.trials.length} are in ${flags.log}\n`);
  if (log.search && log.search.machine !== machine)
    await print(
      stderr,
      `the search began on ${log.search.machine}: here, ${machine}, as many minutes are another loss\n`,
    );
  const trials: SearchTrial[] = [];
  try {
    // Where a flag says what to drop, none says that it rises: what is not searched is as in the defaults.
    const { dropoutEpochs } = defaults;
    const fixed: Settings = asksForDropout(new Set(Object.keys(space))) && dropoutEpochs ? { dropoutEpochs } : {};
    const settingsOf = (number: number): Settings =>
      number === 0 ? {} : { ...fixed, ...drawSettings(space, flags.seed, number) };
    for await (const trial of successiveHalving({ hours, minutes, settingsOf, train, known: log.trials })) {
      // What a trial that was stopped reached says nothing.
      if (stop.aborted) return Number(stop.reason);
      trials.push(trial);
      if (log.trials.includes(trial)) continue;
      log.add({ ...trial, error: failure });
      const outcome = trial.loss?.toFixed(4) ?? `failed: ${failure ?? 'its loss is no number'}`;
      await print(stderr, `trial ${trial.number}, ${trial.minutes.toFixed(2)} min: ${outcome}\n`);
    }
  } finally {
    release();
  }
  const best = bestTrial(trials);
  if (best) await print(stdout, `${JSON.stringify({ ...best, flags: flagsOf(best.settings) })}\n`);
  return 0;
}

/** Whether a setting can be searched: what is dropped of what meets the state is not, where no cell has that. */
async function canBeSearched({ cell, embedding, hidden }: TuneFlags, declared: SearchSpace) {
  if ('cell' in declared || hasRecurrentWeights(await loadCell(cell), { input: embedding, hidden })) return () => true;
  return (name: string): boolean => name !== 'dropoutState' && name !== 'dropoutWeights';
}

/** Flags without those that 0 leaves out. */
function withoutZeros<Flags extends object>(flags: Flags): Flags {
  const left = Object.entries(flags).filter(([name, value]) => value !== 0 || !LEFT_OUT_AT_ZERO.includes(name));
  return Object.fromEntries(left) as Flags;
}

/** Settings as flags of `train`. */
function flagsOf(settings: Settings): string {
  return Object.entries(withoutZeros(settings))
    .filter(([, value]) => value !== false)
    .map(([name, value]) => (value === true ? flagOf(name) : `${flagOf(name)} ${value}`))
    .join(' ');
}
