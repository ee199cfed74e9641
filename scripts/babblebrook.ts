#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import type { Command, Streams } from './cli/Command.js';
import { byPackage } from './cli/calls.js';
import { packageFile } from './cli/packageFile.js';
import { runCommand } from './cli/runCommand.js';
import { start } from './cli/start.js';

/** What the package's program can do. A command is loaded when it is called, or help tells of it. */
export const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  train: async () => (await import('./train.js')).train,
  generate: async () => (await import('./generate.js')).generate,
  evaluate: async () => (await import('./evaluate.js')).evaluate,
  score: async () => (await import('./score.js')).score,
  serve: async () => (await import('./serve.js')).serve,
  page: async () => (await import('./page.js')).page,
  tokenizer: async () => (await import('./tokenizer.js')).tokenizer,
  compare: async () => (await import('./compare.js')).compare,
  tune: async () => (await import('./tune.js')).tune,
  cluster: async () => (await import('./cluster.js')).cluster,
  export: async () => (await import('./export.js')).exportCommand,
  doctor: async () => (await import('./doctor.js')).doctor,
};

/** The package's program: does what the arguments say, and gives the exit code. */
export async function main(argv: readonly string[], streams: Streams = process): Promise<number> {
  const [name = ''] = argv;
  const called = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  const commands = await Promise.all((called ? [called] : Object.values(COMMANDS)).map((load) => load()));
  const { version } = JSON.parse(readFileSync(packageFile('package.json'), 'utf8'));
  const examples = [
    byPackage('train', '--corpus speech.txt --minutes 10 --out runs/speech'),
    byPackage('generate', '--run runs/speech --count 5'),
    byPackage('train', '--help'),
  ];
  return runCommand(commands, argv, { streams, call: byPackage, program: { version, examples } });
}

await start(import.meta, main);
