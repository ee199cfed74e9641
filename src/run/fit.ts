import { Observable } from 'rxjs';
import type { LanguageModel } from '../model/LanguageModel.js';
import type { FitEnd, FitEvent } from './FitEvent.js';
import { checkFitOptions, checkRun, type FitOptions } from './FitOptions.js';
import { Fitting } from './Fitting.js';

/**
 * A whole training: steps, the loss on the validation text after each epoch, or so many steps, and, in a run directory, metrics, the best
 * and the last model, and checkpoints to go on from. It begins when it is subscribed to, and ends, with all that was learned kept, when
 * `until` or the signal says so, or nobody listens any more.
 *
 *     fit(model, { ...text, run, optimizer: adam(), until: { patience: 3, minutes: 60 } })
 *       .subscribe((event) => { if (event.type === 'evaluation') console.log(event.metrics.validNatsPerToken); });
 *
 * @throws {InvalidArgumentError} when an option cannot be used.
 * @throws {FileFormatError} when `resumeFrom` is no checkpoint of `fit`.
 * @throws {InvalidArgumentError} (as the stream's error) when the run is closed, as behind a training, or `resumeFrom` is beside a run that
 *   has a checkpoint of its own.
 * @throws {SourceChangedError} (as the stream's error) when the checkpoint was made with another text.
 * @throws {NonFiniteError} (as the stream's error) when loss or gradients become infinite; also whatever the batches, the run directory or
 *   `afterEvaluation` throw. What was learned is kept then, too.
 */
export function fit(model: LanguageModel, options: FitOptions): Observable<FitEvent> {
  checkFitOptions(model, options);
  const { run: given, signal } = options;
  return new Observable((subscriber) => {
    const unsubscribed = new AbortController();
    const stop = signal ? AbortSignal.any([signal, unsubscribed.signal]) : unsubscribed.signal;
    const train = async (): Promise<FitEnd> => {
      const run = typeof given === 'function' ? await given() : given;
      checkRun(run);
      try {
        return await new Fitting(model, options, run, stop, (event) => subscriber.next(event)).train();
      } finally {
        run?.close();
      }
    };
    train().then(
      (reason) => {
        subscriber.next({ type: 'end', reason });
        subscriber.complete();
      },
      (error: unknown) => subscriber.error(error),
    );
    return () => unsubscribed.abort();
  });
}
