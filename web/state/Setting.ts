import { type Signal, signal } from '@preact/signals';

/** Something that can be set: a signal, and how it stands in the address. */
export interface Setting<T> {
  readonly signal: Signal<T>;
  /** What holds where the address says nothing. */
  readonly fallback: T;
  readonly write: (value: T) => string;
  /** `undefined`: that is no such value. */
  readonly read: (written: string) => T | undefined;
}

function setting<T>(fallback: T, write: (value: T) => string, read: (written: string) => T | undefined): Setting<T> {
  return { signal: signal(fallback), fallback, write, read };
}

/** A text. */
export function words(fallback: string): Setting<string> {
  return setting(
    fallback,
    (value) => value,
    (written) => written,
  );
}

/** One of some words. */
export function oneOf<const T extends string>(choices: readonly T[], fallback: NoInfer<T>): Setting<T> {
  return setting<T>(
    fallback,
    (value) => value,
    (written) => choices.find((choice) => choice === written),
  );
}

/** What a number may be. */
export interface NumberBounds {
  readonly min: number;
  readonly max: number;
  readonly integer?: boolean;
}

/** A number within bounds. */
export function numeric(fallback: number, bounds: NumberBounds): Setting<number> {
  return setting(fallback, String, (written) => numberWithin(written, bounds));
}

/** A number within bounds, or none. */
export function optional(bounds: NumberBounds): Setting<number | undefined> {
  return setting<number | undefined>(undefined, String, (written) => numberWithin(written, bounds));
}

/** A list of things, each of which can be written without `;`. */
export function listOf<T>(write: (one: T) => string, read: (written: string) => T | undefined): Setting<readonly T[]> {
  return setting<readonly T[]>(
    [],
    (all) => all.map(write).join(';'),
    (written) => {
      const all = written.split(';').map(read);
      return all.every((one) => one !== undefined) ? all : undefined;
    },
  );
}

/** A number as somebody wrote it; `undefined` where it is none, or out of bounds. */
export function numberWithin(written: string, { min, max, integer = false }: NumberBounds): number | undefined {
  const value = written.trim() === '' ? Number.NaN : Number(written);
  return value >= min && value <= max && (!integer || Number.isInteger(value)) ? value : undefined;
}
