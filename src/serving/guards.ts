import { ApiError } from './ApiError.js';

/**
 * Refuses a request that calls this server by a name that is not its own.
 * @throws {ApiError} 403.
 */
export function checkHost(request: Request, hosts: ReadonlySet<string> | undefined): void {
  if (!hosts) return;
  const names = [new URL(request.url).hostname, nameOf(request.headers.get('host'))];
  if (names.every((name) => name === undefined || hosts.has(name.toLowerCase()))) return;
  throw new ApiError(403, 'Expected a Host that this server is called by', { code: 'host_not_allowed' });
}

/** The name in a header `Host`, without its port. */
function nameOf(host: string | null): string | undefined {
  return host?.replace(/:\d*$/, '');
}

/** Checks the API key of a request, in a time that does not tell how much of it is right. */
export class KeyCheck {
  readonly #digest: Promise<Uint8Array> | undefined;

  /** Without a key, everybody may ask. */
  constructor(apiKey: string | undefined) {
    this.#digest = apiKey === undefined ? undefined : sha256(apiKey);
  }

  /** @throws {ApiError} 401 when the request lacks the key. */
  async check(request: Request): Promise<void> {
    if (!this.#digest) return;
    const [, given = ''] = /^Bearer +(\S+) *$/i.exec(request.headers.get('authorization') ?? '') ?? [];
    const [expected, got] = await Promise.all([this.#digest, sha256(given)]);
    let difference = 0;
    for (let at = 0; at < expected.length; at++) difference |= (expected[at] as number) ^ (got[at] as number);
    if (difference === 0) return;
    throw new ApiError(401, 'Expected the API key of this server: Authorization: Bearer KEY', {
      code: 'invalid_api_key',
      headers: { 'www-authenticate': 'Bearer' },
    });
  }
}

async function sha256(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
}

/** What a page of another origin hears of an answer, where it may ask at all. */
export function corsHeaders(request: Request, cors: string | undefined): Readonly<Record<string, string>> {
  if (cors === undefined) return {};
  const vary = cors === '*' ? {} : { vary: 'origin' };
  if (cors !== '*' && request.headers.get('origin') !== cors) return vary;
  return { ...vary, 'access-control-allow-origin': cors, 'access-control-expose-headers': 'retry-after' };
}

/** What a browser hears that asks whether a page may ask. */
export const PREFLIGHT: Readonly<Record<string, string>> = {
  'access-control-allow-methods': 'GET, POST',
  // Clients tell of themselves in headers of their own; authorization is in no `*`.
  'access-control-allow-headers': 'authorization, content-type, *',
  'access-control-max-age': '600',
};
