import type { Operations } from './Interpreter.js';

/** Lists of values by name. */
export type Groups<T, Name extends string = string> = Readonly<Record<Name, readonly T[]>>;

/** A computation on values of whatever kind. */
export type Computation<Given extends string = string, Gives extends string = string> = <T>(
  on: Operations<T>,
  given: Groups<T, Given>,
) => Groups<T, Gives>;

/** The values of a group that has exactly so many. */
export function exactly<T, const Count extends number>(count: Count, values: readonly T[]): Tuple<T, Count> {
  if (values.length !== count) throw new TypeError(`There are ${values.length} values, not ${count}`);
  return values as readonly T[] as Tuple<T, Count>;
}

type Tuple<T, Count extends number, Sofar extends readonly T[] = []> = Sofar['length'] extends Count
  ? Sofar
  : Tuple<T, Count, readonly [...Sofar, T]>;

/** The same groups with other values. */
export function mapGroups<A, B, Name extends string>(
  groups: Groups<A, Name>,
  change: (value: A, group: string, at: number) => B,
): Groups<B, Name> {
  const changed = {} as Record<Name, B[]>;
  for (const group in groups) changed[group] = groups[group].map((value, at) => change(value, group, at));
  return changed;
}
