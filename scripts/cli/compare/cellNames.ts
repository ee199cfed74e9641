import { InvalidArgumentError } from 'commander';

/** Reads a list of cells, by name or as modules: `rnn,lstm,./my-cell.js`. */
export function cellNames(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  const wrong = names.find((name, index) => name === '' || names.indexOf(name) !== index);
  if (wrong !== undefined) throw new InvalidArgumentError('Expected names of cells or modules, each once.');
  return names;
}
