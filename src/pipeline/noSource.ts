import { describe, SourceError } from '../errors.js';

/**
 * The error for a value that cannot be read; of an observable, it says why, and what to do instead.
 *
 * @param expectation what was expected to be what: `a pipeline's source to be an iterable`
 * @param advice what to pass instead of anything but an observable
 */
export function noSource(expectation: string, value: unknown, advice = ''): SourceError {
  const isObservable =
    typeof value === 'object' && value !== null && 'subscribe' in value && typeof value.subscribe === 'function';
  const got = isObservable
    ? `an observable (${describe(value)}), which cannot be slowed: what it emits would pile up. Pass an async iterable, such as a Node stream or a generator, or write to a file first and read that with readText(path). Operators go into pipeline(source, ...operators), since .pipe() makes an observable.`
    : `${describe(value)}${advice && `. ${advice}`}`;
  return new SourceError(`Expected ${expectation}, got ${got}`);
}
