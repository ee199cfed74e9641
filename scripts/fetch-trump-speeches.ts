import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from './cli/Command.js';
import { fetchFile } from './cli/fetchFile.js';
import { seconds } from './cli/numbers.js';
import { option } from './cli/options.js';
import { print } from './cli/print.js';
import { startScript } from './cli/start.js';

const URL_OF_SPEECHES = 'https://raw.githubusercontent.com/ryanmcdermott/trump-speeches/master/speeches.txt';
const SHA256 = '3b6362724e391ccb7e2adf790bc51e31e018fde8027fefa005630c76eecce6a2';
const PLACE = relative('', fileURLToPath(new URL('../corpus/trump-speeches.txt', import.meta.url)));

const fetchSpeeches: Command<{ from?: string; to: string; timeout: number }> = {
  name: 'corpus:trump',
  does: 'Fetch the 2016 campaign speeches (0.9 MB), which are not part of this repository, and check that they are those.',
  examples: ['', '--from ~/Downloads/speeches.txt'],
  options: [
    option('--from <file>', 'take this copy instead of the network'),
    option('--to <file>', 'where to put it').default(PLACE),
    option('--timeout <seconds>', 'give the download up after this long', seconds, 60),
  ],
  async run(flags, { stdout }) {
    await print(stdout, `${await fetchFile({ url: URL_OF_SPEECHES, sha256: SHA256, ...flags })}\n`);
  },
};

await startScript(import.meta, fetchSpeeches);
