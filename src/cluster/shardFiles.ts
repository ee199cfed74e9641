import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkNumber, InvalidArgumentError, invalid, SourceChangedError } from '../errors.js';
import { sha256 } from '../files/sha256.js';
import { openText } from '../pipeline/openText.js';
import { cutSource } from '../sources/cutSource.js';
import { formatOf } from '../sources/formats.js';
import { checkRecordOptions, type RecordOptions } from '../sources/RecordOptions.js';
import type { Cluster } from './Cluster.js';
import { ensureConsumer, WORK } from './ensureConsumer.js';
import { isSource, type PieceReference } from './Piece.js';

/** References that are on their way at once. */
const AT_ONCE = 32;

/** Options of `shardFiles`. */
export interface ShardOptions extends Pick<RecordOptions, 'field' | 'format' | 'onBad'> {
  /** Bytes that a piece has at least, but for the last one of a file. Default 1,000,000. */
  readonly bytes?: number | undefined;
  /** Seconds after which a worker that gives no sign of life loses its piece. Default 60. */
  readonly lease?: number | undefined;
  /** Is called with each piece, and how many came before it. */
  readonly onPiece?: ((pieces: number) => void) | undefined;
}

/** What `shardFiles` did. */
export interface ShardCounts {
  /** Pieces that the sources have. */
  readonly pieces: number;
  /** Those of them that were put into the stream now; the others were there. */
  readonly added: number;
}

/**
 * Cuts texts into pieces, and puts a reference to each into a stream, once, also when it is run again or was killed. Workers read the
 * pieces where they are: a path must lead to the same file on all machines.
 *
 *     await shardFiles(cluster, ['books/*.txt', 'https://example.org/data.jsonl'], { field: 'text' });
 *
 * Text is cut behind blank lines where there are some, so that no sentence is cut in two; else, and JSON lines always, at ends of lines; CSV and TSV
 * between records; Parquet between row groups. What is packed is one piece. The text is read once for that (CSV and TSV twice), for its checksums.
 *
 * @throws {InvalidArgumentError} when an option cannot be used, differs from that of an earlier call, or a URL holds a password.
 * @throws {SourceError} when a text cannot be read.
 * @throws {SourceChangedError} when a text has changed since it was cut before.
 * @throws {ClusterError} when servers are away for too long.
 */
export async function shardFiles(
  cluster: Cluster,
  sources: string | URL | readonly (string | URL)[],
  { bytes = 1_000_000, lease = 60, field, format, onBad, onPiece }: ShardOptions = {},
): Promise<ShardCounts> {
  checkNumber('bytes', bytes, { integer: true, min: 1 });
  checkNumber('lease', lease, { min: 1 });
  checkRecordOptions({ field, format, onBad });
  const list = (Array.isArray(sources) ? sources : [sources]) as readonly (string | URL)[];
  for (const source of list) checkSource(source);
  await keepSettings(cluster, { bytes, lease, field, format, onBad });
  await ensureConsumer(cluster, WORK, lease);
  const sharder = new Sharder(cluster, onPiece);
  for (const source of list)
    for await (const { name, path, pieces } of openText(source, 0)) {
      if (!isSource(pieces)) throw invalid('sources', 'paths, patterns and URLs', source);
      for await (const part of cutSource(pieces, formatOf(path, format), { bytes, field }))
        await sharder.add({ kind: 'text', source: addressOf(source, name), ...part, field, format, onBad });
    }
  return sharder.end();
}

/** Puts references into the stream, some at once, in their order. */
export class Sharder {
  readonly #cluster: Cluster;
  readonly #onPiece: (pieces: number) => void;
  #onTheirWay: Promise<boolean>[] = [];
  #pieces = 0;
  #added = 0;

  constructor(cluster: Cluster, onPiece: (pieces: number) => void = () => {}) {
    this.#cluster = cluster;
    this.#onPiece = onPiece;
  }

  async add(reference: PieceReference): Promise<void> {
    this.#onTheirWay.push(this.#put(reference));
    if (this.#onTheirWay.length >= AT_ONCE) await this.#settle();
  }

  /** Waits for all, and notes that no more come. */
  async end(): Promise<ShardCounts> {
    await this.#settle();
    const total = await this.#cluster.count('pieces');
    await this.#cluster.put('control', this.#cluster.subject('control', 'sharded'), JSON.stringify({ pieces: total }));
    return { pieces: this.#pieces, added: this.#added };
  }

  async #settle(): Promise<void> {
    const settled = this.#onTheirWay;
    this.#onTheirWay = [];
    for (const isNew of await Promise.all(settled)) {
      this.#onPiece(this.#pieces++);
      if (isNew) this.#added++;
    }
  }

  async #put(reference: PieceReference): Promise<boolean> {
    const text = JSON.stringify(reference);
    const subject = this.#cluster.subject('pieces', idOf(reference));
    const { isOurs, wasThere } = await this.#cluster.putOnce('pieces', subject, text);
    if (isOurs) return !wasThere;
    throw new SourceChangedError(
      `Expected ${reference.kind === 'text' ? reference.source : 'the job'} to be what it was when it was cut before, got a piece that is another one: use a new name for what was changed`,
    );
  }
}

/** What tells a piece from others, by its place: so a changed piece is found where the old one is. */
function idOf(reference: PieceReference): string {
  const place =
    reference.kind === 'text'
      ? [reference.source, reference.unit === 'rows' ? 'rows' : 'bytes', reference.start]
      : [reference.job, 'partition', reference.partition];
  return sha256(JSON.stringify(place)).slice(0, 24);
}

function checkSource(source: unknown): void {
  if (!(source instanceof URL) && (typeof source !== 'string' || source === ''))
    throw invalid('sources', 'paths, patterns and URLs', source);
  const text = String(source);
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return;
  const { username, password } = new URL(text);
  if (username === '' && password === '') return;
  throw new InvalidArgumentError(
    'Expected URLs without a user and password, since pieces are kept in a stream, got one that has them',
    { options: ['sources'] },
  );
}

/** Where a text is, wherever a worker looks for it. */
function addressOf(source: string | URL, name: string): string {
  if (/^https?:\/\//i.test(name)) return String(source);
  return resolve(/^file:/i.test(name) ? fileURLToPath(name) : name);
}

/** What all calls for a job must agree on: else, the same text would be cut in two ways. */
async function keepSettings(cluster: Cluster, settings: object): Promise<void> {
  const text = JSON.stringify(settings);
  const { isOurs, data } = await cluster.putOnce('control', cluster.subject('control', 'settings'), text);
  if (!isOurs)
    throw new InvalidArgumentError(
      `Expected bytes, lease, field, format and onBad as the job ${cluster.name} began with, ${Buffer.from(data)}, got ${text}`,
      { options: ['bytes', 'lease', 'field', 'format', 'onBad'] },
    );
}
