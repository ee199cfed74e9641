import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InvalidArgumentError } from 'commander';
import { command, positive, run } from './cli/command.js';
import { fetchFile } from './cli/fetchFile.js';
import { print } from './cli/print.js';

const URL_OF_SPEECHES = 'https://raw.githubusercontent.com/ryanmcdermott/trump-speeches/master/speeches.txt';
const SHA256 = '3b6362724e391ccb7e2adf790bc51e31e018fde8027fefa005630c76eecce6a2';
const PLACE = relative('', fileURLToPath(new URL('../corpus/trump-speeches.txt', import.meta.url)));

const fetchSpeeches = command(
  'npm run corpus:trump --',
  'Fetch the 2016 campaign speeches (0.9 MB), which are not part of this repository, and check that they are those.',
  ['npm run corpus:trump', 'npm run corpus:trump -- --from ~/Downloads/speeches.txt'],
)
  .option('--from <file>', 'take this copy instead of the network')
  .option('--to <file>', 'where to put it', PLACE)
  .option('--timeout <seconds>', 'give the download up after this long', seconds, 60)
  .action(async (flags: { from?: string; to: string; timeout: number }) => {
    await print(`${await fetchFile({ url: URL_OF_SPEECHES, sha256: SHA256, ...flags })}\n`);
  });

await run(fetchSpeeches);

function seconds(text: string): number {
  const value = positive(text);
  if (value > 0 && value <= 86_400) return value;
  throw new InvalidArgumentError('Expected a number above 0 and of at most 86400.');
}
