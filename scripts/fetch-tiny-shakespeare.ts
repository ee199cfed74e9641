import { fetchCommand } from './cli/fetchCommand.js';
import { startScript } from './cli/start.js';

const fetchShakespeare = fetchCommand({
  name: 'corpus:shakespeare',
  does: 'Fetch 40,000 lines of Shakespeare (1.1 MB), which are not part of this repository, and check that they are those.',
  examples: ['', '--from ~/Downloads/input.txt'],
  url: 'https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/input.txt',
  sha256: '86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed',
  file: 'tinyshakespeare.txt',
});

await startScript(import.meta, fetchShakespeare);
