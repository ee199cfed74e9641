import type { Readable, Writable } from 'node:stream';
import type { Option } from 'commander';

/** What a command reads, writes, and is stopped by. */
export interface Streams {
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Stops what can be stopped; the reason is the exit code. Default: the signals of the process do. */
  readonly signal?: AbortSignal | undefined;
  /** Hears of the error that became a line on standard error and exit code 2. Default: nobody does. */
  readonly onMistake?: ((error: Error) => void) | undefined;
}

/** How a command is called, with flags where some are given: `npm run train -- --minutes 1`. */
export type Call = (name: string, flags?: string) => string;

/** What a command knows beside its flags. */
export interface Invocation extends Streams {
  /** How other commands are called by whoever called this one. */
  readonly call: Call;
  /** The names of the flags that stand on the command line, and not those that have their defaults. */
  readonly typed: ReadonlySet<string>;
  /** What stands on the command line besides flags. */
  readonly operands: readonly string[];
}

/** A command: what its help says, and what it does. */
export interface Command<Flags extends object = object> {
  readonly name: string;
  /** A sentence. */
  readonly does: string;
  /** What help says after that sentence. */
  readonly more?: string;
  /** Flags, and what comes after them; where something stands before the command, both. */
  readonly examples: readonly (string | readonly [before: string, flags: string])[];
  readonly options: readonly Option[];
  /** What may stand on the command line besides flags. Default: nothing. */
  readonly operands?: { readonly name: string; readonly does: string };
  /** Does it, and gives the exit code where that is not 0. */
  run(flags: Flags, invocation: Invocation): Promise<number | undefined>;
}
