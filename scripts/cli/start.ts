import { realpathSync } from 'node:fs';
import type { Command } from './Command.js';
import { byNpm, bySource } from './calls.js';
import { runCommand } from './runCommand.js';

/** Runs a command with the flags of this process, where the module is the program that was started. */
export async function startScript(module: ImportMeta, command: Command): Promise<void> {
  const call = process.env['npm_lifecycle_event'] === command.name ? byNpm : bySource;
  await start(module, (flags) => runCommand([command], [command.name, ...flags], { streams: process, call }));
}

/** Ends this process with the exit code of an action, which gets its flags, where the module is the program that was started. */
export async function start(module: ImportMeta, action: (flags: string[]) => Promise<number>): Promise<void> {
  const [, program = '', ...flags] = process.argv;
  if (program === '' || realpathSync(program) !== module.filename) return;
  // Who writes to standard output hears of it; and where standard error is closed or full, the work goes on in silence.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  process.exitCode = await action(flags);
}
