import { ClusterError } from '../errors.js';
import { openText } from '../pipeline/openText.js';
import { documentsOf } from '../pipeline/readDocuments.js';
import { joinDocuments } from '../pipeline/readText.js';
import type { ByteSource } from '../sources/ByteSource.js';
import { partOf } from '../sources/partOf.js';
import type { RecordOptions } from '../sources/RecordOptions.js';
import type { SourcePart } from '../sources/SourcePart.js';
import type { Cluster } from './Cluster.js';
import { readResults } from './readResults.js';

/** A reference to a piece of a text, as it is kept in the stream of pieces. */
export interface TextReference extends SourcePart, Pick<RecordOptions, 'field' | 'format' | 'onBad'> {
  /** A piece of a text. */
  readonly kind: 'text';
  /** An absolute path, or a URL. */
  readonly source: string;
}

/** A reference to what pieces of another job have put into one partition. */
export interface PartitionReference {
  /** A partition. */
  readonly kind: 'partition';
  /** The name of the other job. */
  readonly job: string;
  /** Its number, from 0. */
  readonly partition: number;
}

/** What a piece is made of. */
export type PieceReference = TextReference | PartitionReference;

/**
 * A piece of a text, for `readText`: an async iterable of its text, each iteration of which reads it anew, from where it is. In a second
 * stage, an async iterable of what the first stage has put into a partition.
 *
 * It is held against its checksum while it is read: a source that was changed is a `SourceChangedError`.
 */
export class Piece implements AsyncIterable<string> {
  /** What tells it from all others of its job; the same each time the same text is cut. */
  readonly id: string;
  /** Which piece of the job, from 1: in the order of the text. */
  readonly number: number;
  /** What and where it is. */
  readonly reference: PieceReference;
  readonly #cluster: Cluster;

  /** @internal */
  constructor(cluster: Cluster, id: string, number: number, reference: PieceReference) {
    this.#cluster = cluster;
    this.id = id;
    this.number = number;
    this.reference = reference;
  }

  /** What errors call it: `/data/a.txt, bytes 0 to 1000000`. */
  get name(): string {
    const { reference } = this;
    if (reference.kind === 'partition') return `partition ${reference.partition} of ${reference.job}`;
    const { source, unit, start, end } = reference;
    return unit === 'whole' ? source : `${source}, ${unit} ${start} to ${end}`;
  }

  /** Reads it. */
  [Symbol.asyncIterator](): AsyncIterator<string> {
    const { reference } = this;
    return reference.kind === 'text' ? textOf(reference) : this.#partition(reference);
  }

  async *#partition({ job, partition }: PartitionReference): AsyncGenerator<string, void, undefined> {
    yield* readResults<string>(this.#cluster.beside(job), { partition });
  }
}

async function* textOf({
  source,
  field,
  format,
  onBad,
  ...part
}: TextReference): AsyncGenerator<string, void, undefined> {
  for await (const { name, path, pieces } of openText(source, 0)) {
    if (!isSource(pieces)) throw new ClusterError(`Expected ${name} to be a file or URL, got a stream`);
    const rows = part.unit === 'rows' ? { from: part.start, to: part.end } : undefined;
    const text = { name, path, pieces: partOf(pieces, part) };
    yield* joinDocuments(documentsOf({ ...text, name: text.pieces.name }, { field, format, onBad }, rows));
  }
}

/** Whether pieces of text are a source of bytes, and no stream. */
export function isSource(pieces: object): pieces is ByteSource {
  return 'check' in pieces && 'name' in pieces;
}
