import { createHash } from 'node:crypto';
import { SourceChangedError, SourceError } from '../errors.js';
import type { ByteParts, ByteSource } from './ByteSource.js';
import { footerSha256 } from './cutSource.js';
import type { SourcePart } from './SourcePart.js';

/** Bytes that are read at once. */
const AT_ONCE = 2 ** 20;

/**
 * A part of a source, as a source: its bytes, behind those that belong to every part. Of rows, the whole source.
 * @throws {SourceChangedError} (while reading) when it does not hold what it held when it was cut; of bytes, at their end.
 */
export function partOf(source: ByteSource, part: SourcePart): ByteSource {
  const { unit, start, end, sha256 } = part;
  const name = unit === 'whole' ? source.name : `${source.name}, ${unit} ${start} to ${end},`;
  const check = async (now: string): Promise<void> => {
    if (now === sha256) return;
    await source.check();
    throw new SourceChangedError(`Expected ${name} to hold what it held when it was cut, got something else`);
  };
  if (unit === 'rows') {
    // Their checksum is that of the table of contents, which is read first.
    let checked: Promise<void> | undefined;
    const size = async (): Promise<number> => {
      checked ??= footerSha256(source).then(check);
      await checked;
      return partsOf(source).size();
    };
    return { ...asNamed(source, name), parts: { size, read: (from, to) => partsOf(source).read(from, to) } };
  }
  return {
    name,
    check: () => source.check(),
    async *[Symbol.asyncIterator]() {
      const hash = createHash('sha256');
      if (part.head > 0) yield partsOf(source).read(0, part.head);
      for await (const chunk of unit === 'whole' ? source : between(partsOf(source), start, end)) {
        hash.update(chunk);
        yield chunk;
      }
      await check(hash.digest('hex'));
    },
  };
}

async function* between(parts: ByteParts, start: number, end: number): AsyncGenerator<Uint8Array> {
  for (let at = start; at < end; at += AT_ONCE) yield parts.read(at, Math.min(at + AT_ONCE, end));
}

function partsOf({ name, parts }: ByteSource): ByteParts {
  if (parts) return parts;
  throw new SourceError(`Expected ${name} to be a file, or on a server that sends parts of it, got neither`);
}

function asNamed(source: ByteSource, name: string): ByteSource {
  return { name, check: () => source.check(), [Symbol.asyncIterator]: () => source[Symbol.asyncIterator]() };
}
