import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { asTyped } from './asTyped.js';
import { print } from './print.js';

/** Help and versions, until `run` prints them. */
let help = '';

/**
 * A command line with the conventions of our scripts. Flags and actions are added with commander's own methods.
 *
 * @param name what a user types in a checkout: `npm run train --`
 * @param examples whole command lines, shown under `--help`
 */
export function command(name: string, description: string, examples: string[]): Command {
  return new Command(asTyped(name))
    .description(description)
    .addHelpText('after', `\nExamples:\n${examples.map((example) => `  $ ${example}`).join('\n')}`)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => {
        help += asTyped(text);
      },
      outputError: () => {},
    });
}

/**
 * Reads the flags of this process and runs the action. A mistake in a flag, or an error that the library raises on
 * purpose, becomes one line on stderr and exit code 2; any other error is a bug, and ends the process with its stack.
 */
export async function run(program: Command): Promise<void> {
  // Who writes to standard output hears of it; and where standard error is closed or full, the work goes on in silence.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  try {
    await parse(program);
  } catch (error) {
    if (!(error instanceof CommanderError) && !isOurs(error)) throw error;
    if (error instanceof CommanderError && error.exitCode === 0) return; // --help, --version, and `| head`
    process.exitCode = 2;
    if (error.message !== HELP) console.error(asTyped(oneLine(error.message)));
  }
}

/** What commander's error says where it printed the help instead of an error. */
const HELP = '(outputHelp)';

/** Runs the action; or prints the help that was asked for, or that takes its place, and throws commander's error. */
async function parse(program: Command): Promise<void> {
  try {
    await program.parseAsync();
  } catch (error) {
    if (help !== '') await print(help);
    throw error;
  }
}

/** Reads the number in a flag: `.option('--seed <n>', 'same seed, same run', integer)`. */
export const integer = numberThat('an integer', Number.isSafeInteger);
/** Reads a number of things, at least one. */
export const count = numberThat('an integer of at least 1', (value) => Number.isSafeInteger(value) && value >= 1);
/** Reads a size that is above zero. */
export const positive = numberThat('a number above 0', (value) => value > 0 && value < Infinity);
/** Reads a share: from 0 on and below 1. */
export const share = numberThat('a number of at least 0 and below 1', (value) => value >= 0 && value < 1);

/** Reads a share that may be the whole, but not nothing. */
export const shareAboveZero = numberThat('a number above 0 and of at most 1', (value) => value > 0 && value <= 1);

/** `--backend`, with the names of the backends. */
export function backendOption(): Option {
  return new Option('--backend <name>', 'default: the first that works').choices(['tensorflow', 'wasm', 'cpu']);
}

/** Makes a reader of numbers for a flag whose numbers no other reader fits. */
export function numberThat(expectation: string, holds: (value: number) => boolean): (text: string) => number {
  return (text) => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (!holds(value)) throw new InvalidArgumentError(`Expected ${expectation}.`);
    return value;
  };
}

/** By the names of its classes, for to ask the library means to load it, which may be what failed. */
function isOurs(error: unknown): error is Error {
  for (let type = error; type instanceof Error; type = Object.getPrototypeOf(type))
    if (type.constructor.name === 'BabblebrookError') return true;
  return false;
}

function oneLine(message: string): string {
  return message.replace(/\s*\n\s*/g, ' ').trim();
}
