#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { command, run } from './cli/command.js';
import { packageFile } from './cli/packageFile.js';

/** What the package's program can do; each command is a script that reads the flags of this process. */
const COMMANDS = {
  train: { does: 'train a language model on text, then stream sentences from it', start: () => import('./train.js') },
  generate: { does: 'stream sentences from a trained model', start: () => import('./generate.js') },
  evaluate: { does: 'measure how well a trained model predicts a text', start: () => import('./evaluate.js') },
  score: {
    does: 'say how probable a trained model finds sentences, token by token',
    start: () => import('./score.js'),
  },
  tokenizer: { does: 'learn a SentencePiece vocabulary from text', start: () => import('./tokenizer.js') },
  compare: { does: 'train each cell on the same text, and write a report', start: () => import('./compare.js') },
  doctor: { does: 'say which backend computes here, and how to get a faster one', start: () => import('./doctor.js') },
};

const { version } = JSON.parse(readFileSync(packageFile('package.json'), 'utf8'));
const program = command('npx babblebrook', 'Train recurrent language models on text, and stream text from them.', [
  'npx babblebrook train --corpus speech.txt --minutes 10 --out runs/speech',
  'npx babblebrook generate --run runs/speech --count 5',
  'npx babblebrook train --help',
])
  .version(version)
  .helpCommand(false)
  .enablePositionalOptions();

for (const [name, { does, start }] of Object.entries(COMMANDS))
  program
    .command(name)
    .description(does)
    .argument('[flags...]')
    .helpOption(false)
    .allowUnknownOption()
    .passThroughOptions()
    .action(async () => {
      process.argv.splice(process.argv.indexOf(name), 1);
      await start();
    });

await run(program);
