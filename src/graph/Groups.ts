import type { Operations } from './Interpreter.js';

/** Lists of values by name. */
export type Groups<T> = Readonly<Record<string, readonly T[]>>;

/** A computation on values of whatever kind. */
export type Computation = <T>(on: Operations<T>, given: Groups<T>) => Groups<T>;

/** The same groups with other values. */
export function mapGroups<A, B>(groups: Groups<A>, change: (value: A, group: string, at: number) => B): Groups<B> {
  return Object.fromEntries(
    Object.entries(groups).map(([group, values]) => [group, values.map((value, at) => change(value, group, at))]),
  );
}
