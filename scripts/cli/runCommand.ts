import { Command as Commander, CommanderError } from 'commander';
import { BabblebrookError } from '../../src/errors.js';
import type { Call, Command, Streams } from './Command.js';
import { NUMBER_PARSERS } from './numbers.js';
import { print } from './print.js';

/** What commander's error says where it printed the help instead of an error. */
const HELP = '(outputHelp)';

/** How commands are told of, and run. */
export interface RunOptions {
  readonly streams: Streams;
  readonly call: Call;
  /** What is said where no command is named. Default: there is one command, and it is. */
  readonly program?: { readonly version: string; readonly examples: readonly string[] };
}

/**
 * Runs the one of the commands that the arguments name, and gives its exit code. A mistake in a flag, or an error that the
 * library raises on purpose, becomes one line on standard error and exit code 2; any other error is a bug, and is thrown.
 */
export async function runCommand(
  commands: readonly Command[],
  argv: readonly string[],
  { streams, call, program: face }: RunOptions,
): Promise<number> {
  let exitCode = 0;
  let help = '';
  const program: Commander = new Commander()
    .description('Train recurrent language models on text, and stream text from them.')
    .exitOverride()
    .helpCommand(false)
    .enablePositionalOptions()
    .configureHelp({ commandUsage: (one) => call(one === program ? '' : one.name(), one.usage()) })
    .configureOutput({
      writeOut: (text) => (help += text),
      writeErr: (text) => streams.stderr.write(text),
      outputError: () => {},
    });
  if (face) program.version(face.version).addHelpText('after', examples(face.examples));
  for (const command of commands) {
    const added = program
      .command(command.name)
      .summary(command.does)
      .description(`${command.does}${command.more ? ` ${command.more}` : ''}`);
    for (const option of command.options) added.addOption(option);
    if (command.operands) added.argument(`[${command.operands.name}...]`, command.operands.does);
    added
      .addHelpText('after', takesNumbers(command) ? '\nNumbers are decimal: 12, 0.5, 1e-3.' : '')
      .addHelpText('after', examples(command.examples.map((example) => written(example, command.name, call))))
      .action(async () => {
        const typed = new Set(
          added.options
            .map((option) => option.attributeName())
            .filter((name) => added.getOptionValueSource(name) === 'cli'),
        );
        // Not before: standard input is opened when somebody asks for it.
        const { stdin, stdout, stderr, signal } = streams;
        const invocation = { stdin, stdout, stderr, signal, call, typed, operands: added.args };
        exitCode = (await command.run(added.opts(), invocation)) ?? 0;
      });
  }
  const named = program.commands.find((one) => one.name() === argv[0]) ?? program;
  try {
    await program
      .parseAsync(argv, { from: 'user' })
      .finally(() => (help === '' ? undefined : print(streams.stdout, help)));
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError || error instanceof BabblebrookError)) throw error;
    if (error instanceof CommanderError && error.exitCode === 0) return 0; // --help, --version, and `| head`
    if (error.message === HELP) return 2;
    streams.onMistake?.(error);
    const { withFlags } = await import('./withFlags.js');
    // Without `--`, npm keeps the flags for itself, and their values arrive alone.
    const isAlone = error instanceof CommanderError && error.code === 'commander.excessArguments';
    const message = isAlone
      ? `Expected flags, got ${named.args.join(' ')} alone: ${call(named.name(), '--FLAG …')}`
      : withFlags(error, named.options);
    streams.stderr.write(`${oneLine(message)}\n`);
    return 2;
  }
}

function takesNumbers({ options }: Command): boolean {
  return options.some(({ parseArg }) => NUMBER_PARSERS.has(parseArg));
}

function examples(lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}`;
}

function written(example: Command['examples'][number], name: string, call: Call): string {
  return typeof example === 'string' ? call(name, example) : `${example[0]} ${call(name, example[1])}`;
}

function oneLine(message: string): string {
  return message.replace(/\s*\n\s*/g, ' ').trim();
}
