import fs from 'node:fs';

/** The calls of the file system that checkpoints are made of; Node's own, or one that fails on purpose. */
export type FileSystem = Pick<
  typeof fs,
  'closeSync' | 'fsyncSync' | 'openSync' | 'readFileSync' | 'readdirSync' | 'renameSync' | 'rmSync' | 'writeSync'
>;

/** Node's. */
export const nodeFileSystem: FileSystem = fs;
