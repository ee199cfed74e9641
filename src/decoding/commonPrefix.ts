/** The longest prefix that all lists share, given that they share the first `known` items; `[]` of no list. */
export function commonPrefix(lists: readonly (readonly number[])[], known = 0): readonly number[] {
  const [first = [], ...others] = lists;
  let length = known;
  while (length < first.length && others.every((other) => other[length] === first[length])) length++;
  return first.slice(0, length);
}
