import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { asTyped } from './asTyped.js';
import { print } from './print.js';

/** Help and versions, until `run` prints them. */
let help = '';

/** `12`, `-0.5`, `1e-3`: what people write. JavaScript also takes `0x10`, blanks and `Infinity` for numbers. */
const DECIMAL = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;

/** What reads numbers, so that the help of a command that has some can say how they are written. */
const NUMBER_PARSERS = new Set<unknown>();

/**
 * A command line with the conventions of our scripts. Flags and actions are added with commander's own methods.
 *
 * @param name what a user types in a checkout: `npm run train --`
 * @param examples whole command lines, shown under `--help`
 * @param options that several commands have; others are added to what this returns
 */
export function command(
  name: string,
  description: string,
  examples: string[],
  options: readonly Option[] = [],
): Command {
  const program = new Command(asTyped(name))
    .description(description)
    .addHelpText('after', ({ command }) => (takesNumbers(command) ? '\nNumbers are decimal: 12, 0.5, 1e-3.' : ''))
    .addHelpText('after', `\nExamples:\n${examples.map((example) => `  $ ${example}`).join('\n')}`)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => {
        help += asTyped(text);
      },
      outputError: () => {},
    });
  for (const option of options) program.addOption(option);
  return program;
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
    if (error.message === HELP) return;
    // Without `--`, npm keeps the flags for itself, and their values arrive alone.
    const alone = error instanceof CommanderError && error.code === 'commander.excessArguments';
    const message = alone
      ? `Expected flags, got ${program.args.join(' ')} alone: ${program.name()} --FLAG …`
      : undefined;
    console.error(asTyped(oneLine(message ?? withFlags(error, program))));
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

/** Reads an integer: `.option('--seed <n>', 'same seed, same run', integer)`. */
export const integer = numberThat('an integer below 2^53', Number.isSafeInteger);
/** Reads a number of things, at least one. */
export const count = numberThat(
  'an integer of at least 1 and below 2^53',
  (value) => Number.isSafeInteger(value) && value >= 1,
);
/** Reads any number. */
export const number = numberThat('a number', Number.isFinite);
/** Reads a size that is above zero. */
export const positive = numberThat('a number above 0', (value) => value > 0 && value < Infinity);
/** Reads a share: from 0 on and below 1. */
export const share = numberThat('a number of at least 0 and below 1', (value) => value >= 0 && value < 1);
/** Reads a share that is neither nothing nor the whole. */
export const part = numberThat('a number above 0 and below 1', (value) => value > 0 && value < 1);
/** Reads a share that may be the whole, but not nothing. */
export const shareAboveZero = numberThat('a number above 0 and of at most 1', (value) => value > 0 && value <= 1);

/** Reads a seed that others are counted up from, which leaves room for them. */
export const seed = numberThat(
  'an integer of at most 2^52',
  (value) => Number.isInteger(value) && Math.abs(value) <= 2 ** 52,
);

/** The names of the backends: the library has them too, but is loaded later. */
export const BACKENDS: readonly string[] = ['tensorflow', 'wasm', 'cpu'];

/** `--backend`, with the names of the backends. */
export function backendOption(): Option {
  return new Option('--backend <name>', 'default: the first that works').choices(BACKENDS);
}

type NumberParser = (text: string) => number;

/** Makes a reader of decimal numbers for a flag whose numbers no other reader fits. */
export function numberThat(expectation: string, holds: (value: number) => boolean): NumberParser {
  const parse: NumberParser = (text) => {
    const value = DECIMAL.test(text) ? Number(text) : Number.NaN;
    if (!holds(value)) throw new InvalidArgumentError(`Expected ${expectation}, in decimals.`);
    return value;
  };
  NUMBER_PARSERS.add(parse);
  return parse;
}

function takesNumbers({ options }: Command): boolean {
  return options.some(({ parseArg }) => NUMBER_PARSERS.has(parseArg));
}

/**
 * Options of the library that flags have other names for, the first that a command knows, and how it is written where that is
 * more than the flag.
 */
const FLAGS: Readonly<Record<string, readonly (string | readonly [flag: string, written: string])[]>> = {
  cell: ['cell', 'cells'],
  characterCoverage: ['coverage', ['tokenizer', '--coverage of npm run tokenizer']],
  clipNorm: ['clip'],
  embeddingSize: ['embedding'],
  every: ['checkpointEvery'],
  fraction: ['holdOut'],
  hiddenSize: ['hidden'],
  noRepeatNgram: ['blockNgram'],
  'over.minutes': ['minutes'],
  path: ['out', 'run'],
  'over.steps': ['epochs'],
  peak: ['learningRate'],
  validation: ['valid'],
  vocabularySize: ['vocabulary', ['tokenizer', 'the N of --tokenizer sentencepiece:N']],
};

/** The message of an error, in which flags stand for the options of the library that it names. */
export function withFlags(
  error: Error & { readonly options?: readonly string[] },
  { options: flags }: Command,
): string {
  let { message } = error;
  for (const name of error.options ?? []) {
    // `stop[0]` is the first that `--stop` was given.
    const option = name.replace(/\[\d+\]$/, '');
    for (const alias of FLAGS[option] ?? [option]) {
      const [flag, written] = typeof alias === 'string' ? [alias] : alias;
      const found = flags.find((one) => one.attributeName() === flag)?.long;
      if (!found) continue;
      message = message.replace(word(name), () => written ?? found);
      break;
    }
  }
  return message;
}

/** The name as a word of its own, not within a path. */
function word(name: string): RegExp {
  return new RegExp(`(?<![\\w/.-])${name.replace(/[.[\]]/g, '\\$&')}(?![\\w/-])`);
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
