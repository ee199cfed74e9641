import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { SourceError } from '../errors.js';

const MOST_REDIRECTS = 10;
const REDIRECTS: readonly (number | undefined)[] = [301, 302, 303, 307, 308];

/**
 * The answer to a GET of the bytes as they are, redirects followed. `patience` is how many milliseconds an answer may take to begin.
 *
 * Not `fetch`, which unpacks what a server says it packed, so that nobody could count the bytes and go on from one.
 *
 * @throws {SourceError} when redirects lead nowhere; what Node throws where the connection fails.
 */
export async function httpGet(
  url: URL,
  headers: Readonly<Record<string, string>>,
  patience: number,
): Promise<IncomingMessage> {
  let at = url;
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
    const response = await get(at, headers, patience);
    if (!REDIRECTS.includes(response.statusCode)) return response;
    response.destroy();
    at = target(at, response.headers.location);
  }
  throw new SourceError(`Expected ${nameOf(url)} to lead to a text, got more than ${MOST_REDIRECTS} redirects`);
}

/** A URL as errors show it: without a password. */
export function nameOf({ origin, pathname, search }: URL): string {
  return `${origin}${pathname}${search}`;
}

function get(url: URL, headers: Readonly<Record<string, string>>, patience: number): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const start = url.protocol === 'https:' ? requestHttps : requestHttp;
    const request = start(url, { headers: { 'accept-encoding': 'identity', 'user-agent': 'babblebrook', ...headers } });
    const timer = setTimeout(() => request.destroy(new Error(`no answer for ${patience / 1000} s`)), patience);
    request.once('response', (response) => {
      clearTimeout(timer);
      resolve(response);
    });
    // Behind the answer, an error comes out of that, too.
    request.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    request.end();
  });
}

function target(from: URL, location: string | undefined): URL {
  const to = location !== undefined && URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  if (to?.protocol === 'http:' || to?.protocol === 'https:') return to;
  throw new SourceError(`Expected ${nameOf(from)} to lead to a text, got a redirect to ${location ?? 'nowhere'}`);
}
