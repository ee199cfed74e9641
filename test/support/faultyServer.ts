import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ExecutionContext } from 'ava';

/** What a server of tests does with a request: `count` is how many came before it. */
export type Answer = (request: IncomingMessage, response: ServerResponse, count: number) => void | Promise<void>;

/** A server on this machine until the test ends, and the headers of the requests that came. */
export async function serverOf(t: ExecutionContext, answer: Answer) {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => void answer(request, response, requests.push(request) - 1));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: (path: string) => `http://127.0.0.1:${port}${path}`, requests };
}

/** How a server gives a content. */
export interface Giving {
  /** Bytes after which the connection breaks. Default: never. */
  readonly breakAfter?: number | undefined;
  /** Whether it knows `Range`. Default true. */
  readonly ranges?: boolean | undefined;
  /** What it says of the content. Default: a strong ETag. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Whether it says how long the content is. Default true. */
  readonly length?: boolean | undefined;
}

/** Answers as RFC 9110 has it, but for what is asked for. */
export function give(
  { headers: asked }: IncomingMessage,
  response: ServerResponse,
  content: Uint8Array,
  { breakAfter = Infinity, ranges = true, headers = { etag: '"1"' }, length = true }: Giving = {},
): void {
  const [, from = '', to = ''] = /^bytes=(\d+)-(\d*)$/.exec(asked.range ?? '') ?? [];
  const condition = asked['if-range'];
  const isValid = condition === undefined || Object.values(headers).includes(String(condition));
  const start = ranges && isValid && from !== '' ? Number(from) : 0;
  const end = ranges && isValid && to !== '' ? Math.min(Number(to) + 1, content.length) : content.length;
  const isPart = ranges && isValid && from !== '';
  if (isPart && start >= content.length) {
    response.writeHead(416, { ...headers, 'content-range': `bytes */${content.length}` }).end();
    return;
  }
  response.writeHead(isPart ? 206 : 200, {
    ...headers,
    ...(length && { 'content-length': end - start }),
    ...(isPart && { 'content-range': `bytes ${start}-${end - 1}/${content.length}` }),
  });
  const part = content.subarray(start, Math.min(end, start + breakAfter));
  if (part.length === end - start) response.end(part);
  else response.write(part, () => setTimeout(() => response.destroy(), 5));
}
