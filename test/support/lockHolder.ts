import { createInterface } from 'node:readline';
import { DirectoryInUseError } from '../../src/errors.js';
import { lockDirectory } from '../../src/files/lockDirectory.js';

// Reads `lock DIRECTORY` and `release`, a line each, and answers `locked`, `refused` or `released`.
let release: (() => void) | undefined;

function lock(dir: string): string {
  try {
    release = lockDirectory(dir);
    return 'locked';
  } catch (error) {
    if (error instanceof DirectoryInUseError) return 'refused';
    throw error;
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const [command, dir = ''] = line.split(' ');
  if (command === 'lock') console.log(lock(dir));
  else {
    release?.();
    release = undefined;
    console.log('released');
  }
}
