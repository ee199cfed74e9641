import { fetchCommand } from './cli/fetchCommand.js';
import { startScript } from './cli/start.js';

const fetchSpeeches = fetchCommand({
  name: 'corpus:trump',
  does: 'Fetch the 2016 campaign speeches (0.9 MB), which are not part of this repository, and check that they are those.',
  examples: ['', '--from ~/Downloads/speeches.txt'],
  url: 'https://raw.githubusercontent.com/ryanmcdermott/trump-speeches/master/speeches.txt',
  sha256: '3b6362724e391ccb7e2adf790bc51e31e018fde8027fefa005630c76eecce6a2',
  file: 'trump-speeches.txt',
});

await startScript(import.meta, fetchSpeeches);
