import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { lastValueFrom, tap } from 'rxjs';
import {
  defaultWorkers,
  FileFormatError,
  type FitEvent,
  fit,
  LanguageModel,
  NonFiniteError,
  tuneBackend,
  useBackend,
} from '../../../src/index.js';
import { bestTrial, drawSettings, type SearchTrial, type Settings, successiveHalving } from '../../../src/lab.js';
import type { Invocation } from '../Command.js';
import { CONTINUOUS_RECIPE, continuousFlags } from '../continuousFlags.js';
import { durationOf } from '../durationOf.js';
import { flagOf } from '../flagOf.js';
import { interruption } from '../interruption.js';
import { modelStart } from '../modelStart.js';
import { optimizerOf } from '../optimizerOf.js';
import { print } from '../print.js';
import { trainingText } from '../trainingText.js';
import { SPACE } from './space.js';
import type { TuneFlags } from './TuneFlags.js';

/**
 * Trains with settings of the space, on the text that flags name, and keeps each trial as a line of a file; those that it holds are not made
 * again. The first has the defaults.
 */
export async function tuneTo(given: TuneFlags, { typed, stdin, stderr, stdout, signal }: Invocation): Promise<number> {
  const flags = continuousFlags(given, typed) as TuneFlags;
  const { continuous, rows, window } = { ...CONTINUOUS_RECIPE, ...flags };
  const workers = flags.workers ?? defaultWorkers(continuous ? rows * window : flags.maxTokens);
  if (workers > 1) tuneBackend('workers');
  if (flags.backend) await useBackend(flags.backend);
  const known = knownTrials(flags.log);
  const text = await trainingText(flags, { stdin, stderr });
  const { stop, release } = interruption(signal);

  const train = async (settings: Settings, minutes: number): Promise<number> => {
    const all: TuneFlags = { ...flags, ...settings, minutes };
    const drawn: TuneFlags = { ...all, average: all.average === 0 ? undefined : all.average };
    const { options } = await modelStart(drawn, { found: undefined, asked: new Set(), stderr });
    const model = new LanguageModel({ ...options, tokenizer: text.tokenizer });
    try {
      let loss = NaN;
      const duration = durationOf(drawn, text.size.train.batches);
      const training = fit(model, {
        ...{ batches: text.batches, validBatches: text.validBatches, carryState: continuous, workers, signal: stop },
        ...{ optimizer: optimizerOf(drawn, duration), until: duration.until },
        ...{ clipNorm: drawn.clip, averageDecay: drawn.average, evaluateEvery: Number.MAX_SAFE_INTEGER },
      });
      const seen = tap((event: FitEvent) => {
        if (event.type === 'evaluation') loss = event.metrics.validNatsPerToken;
      });
      await lastValueFrom(training.pipe(seen));
      return loss;
    } catch (error) {
      if (error instanceof NonFiniteError) return NaN;
      throw error;
    } finally {
      model.dispose();
    }
  };

  const trials: SearchTrial[] = [];
  try {
    const space = Object.fromEntries(Object.entries(SPACE).filter(([name]) => !typed.has(name)));
    const settingsOf = (number: number): Settings => (number === 0 ? {} : drawSettings(space, flags.seed, number));
    const { hours, minutes } = flags;
    for await (const trial of successiveHalving({ hours, minutes, settingsOf, train, known })) {
      // What a trial that was stopped reached says nothing.
      if (stop.aborted) return Number(stop.reason);
      trials.push(trial);
      if (known.includes(trial)) continue;
      mkdirSync(dirname(flags.log), { recursive: true });
      appendFileSync(flags.log, `${JSON.stringify(trial)}\n`);
      await print(
        stderr,
        `trial ${trial.number}, ${trial.minutes.toFixed(2)} min: ${trial.loss?.toFixed(4) ?? 'came apart'}\n`,
      );
    }
  } finally {
    release();
  }
  const best = bestTrial(trials);
  if (best) await print(stdout, `${JSON.stringify({ ...best, flags: flagsOf(best.settings) })}\n`);
  return 0;
}

/** Settings as flags of `train`. */
function flagsOf(settings: Settings): string {
  return Object.entries(settings)
    .flatMap(([name, value]) => {
      if (value === false || (name === 'average' && value === 0)) return [];
      return value === true ? [flagOf(name)] : [`${flagOf(name)} ${value}`];
    })
    .join(' ');
}

/** @throws {FileFormatError} when a line is no trial. */
function knownTrials(path: string): SearchTrial[] {
  if (!existsSync(path)) return [];
  // A line that a process did not finish when it was killed is made again.
  const whole = readFileSync(path, 'utf8').split('\n').slice(0, -1);
  return whole.map((line, at) => {
    try {
      const trial = JSON.parse(line) as SearchTrial;
      if (typeof trial.number === 'number' && typeof trial.settings === 'object') return trial;
    } catch {
      // Told below.
    }
    throw new FileFormatError(`Expected line ${at + 1} of ${path} to be a trial, got ${line.slice(0, 80)}`);
  });
}
