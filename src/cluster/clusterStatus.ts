import type { Cluster } from './Cluster.js';
import { Ledger, shardedOf } from './Ledger.js';
import { Piece, type PieceReference } from './Piece.js';
import { type MemberNote, presentMembers } from './Presence.js';

/** A piece that was set aside. */
export interface SetAside {
  /** What and where it is. */
  readonly piece: string;
  /** Why it failed the last time. */
  readonly error: string;
}

/** How far a job is. */
export interface ClusterStatus {
  /** Pieces that are there. */
  readonly pieces: number;
  /** Whether no more come. */
  readonly isSharded: boolean;
  /** Pieces that are done or set aside. */
  readonly settled: number;
  /** Those that were set aside, with their errors. */
  readonly setAside: readonly SetAside[];
  /** Of a training: the last round, and who closed it; `undefined` where none was. */
  readonly rounds:
    | {
        /** Its number, from 1; 0 are the first weights. */
        readonly round: number;
        /** The member. */
        readonly by: string;
      }
    | undefined;
  /** Who is there, and what each one does. */
  readonly members: ReadonlyMap<string, MemberNote>;
}

/**
 * How far a job is.
 * @throws {ClusterError} when servers are away for too long.
 */
export async function clusterStatus(cluster: Cluster): Promise<ClusterStatus> {
  const ledger = new Ledger(cluster);
  const { pieces: sharded } = await shardedOf(cluster);
  const setAside: SetAside[] = [];
  for await (const { piece, error } of ledger.failed()) {
    const found = await cluster.last('pieces', cluster.subject('pieces', piece));
    const reference = found && (JSON.parse(Buffer.from(found.data).toString()) as PieceReference);
    setAside.push({ piece: reference ? new Piece(cluster, piece, found.seq, reference).name : piece, error });
  }
  return {
    pieces: await cluster.count('pieces'),
    isSharded: sharded !== undefined,
    settled: await ledger.count(),
    setAside,
    rounds: await lastRound(cluster),
    members: await presentMembers(cluster),
  };
}

async function lastRound(cluster: Cluster): Promise<ClusterStatus['rounds']> {
  const found = await cluster.last('rounds', cluster.subject('rounds', 'log'));
  if (!found) return undefined;
  const { round, by } = JSON.parse(Buffer.from(found.data).toString());
  return { round, by };
}
