import type { Command } from 'commander';

/** The names of the flags that stand on the command line, and not those that have their defaults. */
export function typedFlags(program: Command): ReadonlySet<string> {
  const names = program.options.map((option) => option.attributeName());
  return new Set(names.filter((name) => program.getOptionValueSource(name) === 'cli'));
}
