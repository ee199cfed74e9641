import type { IncomingMessage } from 'node:http';
import { SourceChangedError } from '../errors.js';

/** What an answer says of the content that it is of. */
export interface UrlIdentity {
  readonly etag: string | undefined;
  readonly modified: string | undefined;
  /** In bytes, of the whole content. */
  readonly size: number | undefined;
}

/** What an answer, whole (200), part (206) or refused (416), says of the content. */
export function identityOf({ headers, statusCode }: IncomingMessage): UrlIdentity {
  const size = statusCode === 200 ? headers['content-length'] : /\/(\d+)$/.exec(headers['content-range'] ?? '')?.[1];
  return {
    etag: headers.etag,
    modified: headers['last-modified'],
    size: size === undefined ? undefined : Number(size),
  };
}

/** What `If-Range` holds against the content: a strong ETag, else the time of its last change; `undefined` where there is neither. */
export function validatorOf({ etag, modified }: UrlIdentity): string | undefined {
  return etag !== undefined && !etag.startsWith('W/') ? etag : modified;
}

/** @throws {SourceChangedError} when two answers are of different content. */
export function checkSameContent(name: string, first: UrlIdentity, now: UrlIdentity): void {
  // Where there are ETags, they alone tell: servers that stand in for each other may disagree about times.
  const times: (keyof UrlIdentity)[] = first.etag !== undefined && now.etag !== undefined ? ['etag'] : ['modified'];
  for (const key of [...times, 'size'] as const)
    if (first[key] !== undefined && now[key] !== undefined && first[key] !== now[key])
      throw new SourceChangedError(
        `Expected ${name} to stay as it was when it was first read, ${inWords(first)}, got ${inWords(now)}`,
      );
}

/** `120 bytes, ETag "a1", of Tue, 24 Nov 2026 08:16:04 GMT`. */
function inWords({ etag, modified, size }: UrlIdentity): string {
  const words = [
    size === undefined ? undefined : `${size} bytes`,
    etag && `ETag ${etag}`,
    modified && `of ${modified}`,
  ].filter((word) => word !== undefined);
  return words.join(', ') || 'without an identity';
}
