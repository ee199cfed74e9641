#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import type { Streams } from './cli/Command.js';
import { byPackage } from './cli/calls.js';
import { packageFile } from './cli/packageFile.js';
import { runCommand } from './cli/runCommand.js';
import { start } from './cli/start.js';
import { compare } from './compare.js';
import { doctor } from './doctor.js';
import { evaluate } from './evaluate.js';
import { generate } from './generate.js';
import { score } from './score.js';
import { tokenizer } from './tokenizer.js';
import { train } from './train.js';

/** What the package's program can do. */
export const COMMANDS = [train, generate, evaluate, score, tokenizer, compare, doctor];

/** The package's program: does what the arguments say, and gives the exit code. */
export function main(argv: readonly string[], streams: Streams = process): Promise<number> {
  const { version } = JSON.parse(readFileSync(packageFile('package.json'), 'utf8'));
  const examples = [
    byPackage('train', '--corpus speech.txt --minutes 10 --out runs/speech'),
    byPackage('generate', '--run runs/speech --count 5'),
    byPackage('train', '--help'),
  ];
  return runCommand(COMMANDS, argv, { streams, call: byPackage, program: { version, examples } });
}

await start(import.meta, main);
