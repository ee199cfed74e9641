import type { ExecutionContext } from 'ava';
import type { CommandOutcome } from './runCommand.js';

/** What a mistake on the command line is, without the words for it: what kind of error, and the flags that its line names. */
export type Mistake = readonly [kind: string, ...flags: string[]];

/** A command told of this mistake in the last line on standard error, with exit code 2, and with nothing on standard output. */
export function isMistake(t: ExecutionContext, outcome: CommandOutcome, ...expected: Mistake): void {
  const { code, stdout, stderr, mistake } = outcome;
  t.deepEqual({ code, stdout }, { code: 2, stdout: '' }, stderr);
  const line = stderr.trimEnd().split('\n').at(-1) ?? '';
  const kind = mistake && 'code' in mistake ? String(mistake.code) : mistake?.name;
  // Not within words, such as those of a path.
  const flags = new Set(line.match(/(?<![\w/-])--[a-z][a-z-]*/g));
  t.deepEqual([kind, ...flags], [...expected], stderr);
}

/** And in that line alone. */
export function isOneLine(t: ExecutionContext, outcome: CommandOutcome, ...expected: Mistake): void {
  isMistake(t, outcome, ...expected);
  t.is(outcome.stderr.trimEnd().split('\n').length, 1, outcome.stderr);
}
