import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { AsyncIterableX } from 'ix/asynciterable';
import { checkDirectoryPath, checkFunction, invalid } from '../errors.js';
import { sha256 } from '../files/sha256.js';
import { writeWhole } from '../files/writeWhole.js';
import type { Cluster } from './Cluster.js';
import type { LeasedResults } from './mapLeases.js';
import type { Piece } from './Piece.js';
import { type ResultOptions, type SettledPiece, settlePieces } from './settlePiece.js';

/** Options of `toFiles`. */
export interface FileResultOptions<R> extends ResultOptions<R> {
  /** What the names of files end in. Default `'.jsonl'`. */
  readonly suffix?: string | undefined;
}

/**
 * An operator that keeps the results of each piece as a file in a directory, written whole, exactly once: the ledger names the file that counts, and
 * where another worker was faster, the file is removed. Names are in the order of the text: `00000001-ATTEMPT.jsonl`. A worker that is killed between the two
 * leaves a file that the ledger does not name. The results of one piece are held in memory.
 *
 * @throws {InvalidArgumentError} when an option cannot be used.
 * @throws {FileWriteError} (while reading) when a file cannot be written.
 * @throws {ClusterError} (while reading) when servers are away for too long.
 */
export function toFiles<R>(
  cluster: Cluster,
  directory: string,
  { encode, suffix = '.jsonl' }: FileResultOptions<R> = {},
): (leased: AsyncIterable<LeasedResults<Piece, R>>) => AsyncIterableX<SettledPiece> {
  checkDirectoryPath('directory', directory);
  if (encode !== undefined) checkFunction('encode', encode);
  if (typeof suffix !== 'string' || !/^\.[\w.]+$/.test(suffix))
    throw invalid('suffix', "a suffix such as '.txt'", suffix);
  const open = (piece: Piece, attempt: string) => {
    const name = `${String(piece.number).padStart(8, '0')}-${attempt}${suffix}`;
    const path = join(directory, name);
    const lines: Uint8Array[] = [];
    return {
      write: (line: Uint8Array) => void lines.push(line),
      async end() {
        const bytes = Buffer.concat(lines);
        mkdirSync(directory, { recursive: true });
        writeWhole(path, bytes);
        return { file: { name, sha256: sha256(bytes) } };
      },
      remove: async () => rmSync(path, { force: true }),
    };
  };
  return settlePieces(cluster, open, { encode });
}
