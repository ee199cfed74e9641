import fs from 'node:fs';

/** The calls of the file system that files are written whole with; Node's own, or one that fails on purpose. */
export type FileSystem = Pick<
  typeof fs,
  | 'closeSync'
  | 'fchmodSync'
  | 'fsyncSync'
  | 'openSync'
  | 'readFileSync'
  | 'readdirSync'
  | 'realpathSync'
  | 'renameSync'
  | 'rmSync'
  | 'statSync'
  | 'writeSync'
>;

/** Node's. */
export const nodeFileSystem: FileSystem = fs;
