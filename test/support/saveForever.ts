import { replaceDirectory } from '../../src/files/replaceDirectory.js';

// Saves a directory of two files with the same content, again and again, until it is killed: `saveForever.ts PATH`.
const [path = ''] = process.argv.slice(2);
for (let count = 1; ; count++) {
  const content = String(count).repeat(100_000);
  const files = new Map([
    ['a', content],
    ['b', content],
  ]);
  await replaceDirectory(path, files, ['a', 'b']);
  if (count === 1) process.stdout.write('saved\n');
}
