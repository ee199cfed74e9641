import { existsSync, statSync } from 'node:fs';
import { defer, type MonoTypeOperatorFunction, tap } from 'rxjs';
import { checkDirectoryPath, checkNumber, invalid } from '../errors.js';
import type { Evaluation } from '../training/evaluate.js';
import type { TrainingStep } from '../training/TrainingStep.js';
import { StepScalars } from './StepScalars.js';
import { stepDistributions } from './stepDistributions.js';
import { EventFile, type LoggedEvent } from './tensorboard/EventFile.js';
import { hparamsValue, type RunSettings } from './tensorboard/hparamsValue.js';
import { histogramValue, type SummaryValue, scalarValue, textValue } from './tensorboard/SummaryValue.js';

/** Options of `logToTensorBoard`. */
export interface TensorBoardOptions {
  /** Every how many steps numbers are logged. Default 10. */
  every?: number | undefined;
  /**
   * Every how many steps histograms are logged. To compute a batch's gates again, and count millions of numbers, takes as
   * long as one or two steps; so the default, 200, costs about 1 %. `Infinity`: never.
   */
  histogramsEvery?: number | undefined;
  /** What the run is compared with others by, beside the model's configuration: its learning rate, its corpus, …. */
  settings?: RunSettings | undefined;
}

/**
 * An operator that logs, and what to tell it beside the steps. `step` is by default that of the last training step, and 0
 * before the first. All of it is in the file on return, and throws `InvalidArgumentError` and `FileWriteError`.
 */
export interface TensorBoardLog extends MonoTypeOperatorFunction<TrainingStep> {
  /** Logs what `evaluate` measured. */
  validation(evaluation: Evaluation, step?: number): void;
  /** Logs a text, such as a generated sentence; TensorBoard shows it as Markdown. */
  text(tag: string, text: string, step?: number): void;
  /** Logs a number. */
  scalar(tag: string, value: number, step?: number): void;
}

/**
 * Logs a training into a directory for TensorBoard, and hands every step on as it is.
 *
 *     const log = logToTensorBoard('runs/lstm', { settings: { learningRate: 2e-3 } });
 *     const afterEach = async () => log.validation(await evaluate(model, valid));
 *     epochs(20, batches, { afterEach }).pipe(train(model, { … }), log)     then: tensorboard --logdir runs
 *
 * Logged are loss, bits per character, gradient norm before and after clipping, and learning rate of a step; the share of
 * clipped steps, tokens per second and padding over all steps since those that were logged before; histograms of gradients,
 * weights and gates; the model's configuration and `settings` as hparams. TensorBoard's steps are those of the training.
 *
 * If the directory holds the log of a training that this one resumes, TensorBoard no longer shows what that log has from this one's
 * first step on. The operator is synchronous and keeps no tensor. Put it right behind `train`.
 *
 * @throws {InvalidArgumentError} when `dir` is not a directory or a new one, or an option is out of range.
 * @throws {FileWriteError} (as the stream's error) when the log cannot be written.
 */
export function logToTensorBoard(
  dir: string,
  { every = 10, histogramsEvery = 200, settings = {} }: TensorBoardOptions = {},
): TensorBoardLog {
  checkDirectory(dir);
  checkNumber('every', every, { integer: true, min: 1 });
  if (histogramsEvery !== Infinity) checkNumber('histogramsEvery', histogramsEvery, { integer: true, min: 1 });
  checkSettings(settings);
  const file = new EventFile(dir);
  let lastStep = 0;
  let toldSettings = false;

  const operator: MonoTypeOperatorFunction<TrainingStep> = (steps) =>
    defer(() => {
      const scalars = new StepScalars();
      let begun = false;
      const valuesOf = function* (training: TrainingStep): Generator<SummaryValue> {
        if (!toldSettings) {
          const { dropout, zoneout = 0, ...config } = training.inspect().model.config;
          const asText = <T extends object>(value: number | T) =>
            typeof value === 'number' ? value : JSON.stringify(value);
          const zoned = zoneout !== 0 && { zoneout: asText(zoneout) };
          yield hparamsValue({ ...config, dropout: asText(dropout), ...zoned, ...settings }, Date.now() / 1000);
        }
        if (training.step % every === 0)
          for (const [tag, value] of Object.entries(scalars.take(training))) yield scalarValue(tag, value);
        if (training.step % histogramsEvery === 0)
          for (const [tag, numbers] of stepDistributions(training.inspect())) yield histogramValue(tag, numbers);
      };
      return steps.pipe(
        tap((training) => {
          const { step } = training;
          lastStep = step;
          scalars.add(training);
          const values = [...valuesOf(training)];
          const events: LoggedEvent[] = begun ? [] : [{ type: 'start', step }];
          if (values.length > 0) events.push({ type: 'values', step, values });
          if (events.length > 0) file.add(events);
          begun = toldSettings = true;
        }),
      );
    });

  const add = (value: SummaryValue, step: number): void =>
    file.add([{ type: 'values', step: checkNumber('step', step, { integer: true, min: 0 }), values: [value] }]);
  const scalar = (tag: string, value: number, step = lastStep): void => {
    if (typeof value !== 'number') throw invalid('value', 'a number', value);
    add(scalarValue(checkTag(tag), value), step);
  };
  return Object.assign(operator, {
    scalar,
    validation: ({ natsPerToken, bitsPerCharacter }: Evaluation, step = lastStep) => {
      scalar('loss/validation', natsPerToken, step);
      scalar('bits_per_character/validation', bitsPerCharacter, step);
    },
    text: (tag: string, text: string, step = lastStep) => {
      if (typeof text !== 'string') throw invalid('text', 'a string', text);
      add(textValue(checkTag(tag), text), step);
    },
  });
}

function checkDirectory(dir: string): void {
  checkDirectoryPath('dir', dir);
  if (existsSync(dir) && !statSync(dir).isDirectory()) throw invalid('dir', 'a directory', dir);
}

function checkTag(tag: string): string {
  if (typeof tag !== 'string' || tag === '') throw invalid('tag', 'a string that is not empty', tag);
  return tag;
}

function checkSettings(settings: RunSettings): void {
  if (typeof settings !== 'object' || settings === null) throw invalid('settings', 'an object', settings);
  for (const [name, value] of Object.entries(settings))
    if (!['string', 'number', 'boolean'].includes(typeof value))
      throw invalid(`settings.${name}`, 'a string, a number or a boolean', value);
}
