/** Values by name. */
export type Named<T> = Readonly<Record<string, T>>;

/** The same names with other values. */
export function mapValues<A, B>(record: Named<A>, change: (value: A, name: string) => B): Named<B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value, key)]));
}
