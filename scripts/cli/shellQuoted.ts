/** A word as a shell takes it for itself, whatever it holds: `runs/my model` → `'runs/my model'`. */
export function shellQuoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
