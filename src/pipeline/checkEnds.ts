import { fstatSync, ReadStream, type Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { isatty } from 'node:tty';
import { SourceError } from '../errors.js';
import type { TextSource } from './openText.js';

/**
 * Checks that a source is no device that may never end, such as `/dev/zero`.
 * @throws {SourceError} when it is one; a terminal, whose text ends where its user says so, and `/dev/null` may be one.
 */
export async function checkEnds(source: TextSource): Promise<void> {
  const [name, found] = await statOf(source);
  if (!found?.isCharacterDevice() || found.rdev === (await stat('/dev/null').catch(() => undefined))?.rdev) return;
  throw new SourceError(
    `Expected ${name} to be a text that ends, got a device. Where a part of it is meant, give that, as head -c 1000000 does`,
  );
}

/** What the system says of a file or standard input, and what it is called; nothing of a terminal. */
async function statOf(source: TextSource): Promise<[name: string, stats: Stats | undefined]> {
  if (source instanceof ReadStream && 'fd' in source && typeof source.fd === 'number')
    return [
      source.fd === 0 ? 'standard input' : `file descriptor ${source.fd}`,
      isatty(source.fd) ? undefined : fstatSync(source.fd),
    ];
  const isPath = typeof source === 'string' || (source instanceof URL && source.protocol === 'file:');
  if (!isPath || /^\/dev\/(tty|pts\/|fd\/|stdin)/.test(String(source))) return [String(source), undefined];
  return [String(source), await stat(source).catch(() => undefined)];
}
