import { checkFunction, checkString, describe, InvalidArgumentError, invalid } from '../errors.js';
import { checkLimits, type Limits } from './Limits.js';
import type { RequestRecord } from './RequestRecord.js';

/** Options of `completionsHandler`. */
export interface CompletionsHandlerOptions {
  /** What may be asked for at once and in all; each limit has its default. */
  limits?: { readonly [Name in keyof Limits]?: number | undefined } | undefined;
  /** Who lacks it, as `Authorization: Bearer KEY`, is refused everything but `/healthz`. Default: nobody is. */
  apiKey?: string | undefined;
  /** The origin whose pages may ask, such as `https://example.org`, or `*` for all. Default: no page of another origin may. */
  cors?: string | undefined;
  /**
   * The names that requests may call this server by, in the header `Host`, without port: a page whose name was bound anew to this
   * machine's address would call it by its own. Default: any.
   */
  hosts?: readonly string[] | undefined;
  /**
   * Answers what is at none of the paths here, such as a page, to those who may ask; `undefined`: there is nothing. Default: nothing is.
   */
  otherwise?: ((request: Request) => Response | undefined | Promise<Response | undefined>) | undefined;
  /** Told of each request when it is over: what a log needs. Default: nobody is. */
  onRequest?: ((record: RequestRecord) => void) | undefined;
}

/** `CompletionsHandlerOptions` with their defaults. */
export interface CheckedHandlerOptions {
  readonly limits: Limits;
  readonly apiKey: string | undefined;
  readonly cors: string | undefined;
  readonly hosts: ReadonlySet<string> | undefined;
  readonly otherwise: NonNullable<CompletionsHandlerOptions['otherwise']>;
  readonly onRequest: (record: RequestRecord) => void;
}

/**
 * Checks options and fills in defaults.
 * @throws {InvalidArgumentError} on an option that cannot be used.
 */
export function checkHandlerOptions(options: CompletionsHandlerOptions): CheckedHandlerOptions {
  const { limits = {}, apiKey, cors, hosts, otherwise = () => undefined, onRequest = () => {} } = options;
  if (typeof limits !== 'object' || limits === null) throw invalid('limits', 'an object', limits);
  if (apiKey !== undefined && !/^[\x21-\x7e]+$/.test(checkString('apiKey', apiKey)))
    // Not with its value: it is a secret.
    throw new InvalidArgumentError('Expected apiKey to be visible ASCII characters, at least one, got others', {
      options: ['apiKey'],
    });
  if (cors !== undefined && cors !== '*' && !isOrigin(checkString('cors', cors)))
    throw invalid('cors', 'an origin such as https://example.org, or *', cors);
  if (hosts !== undefined && !(Array.isArray(hosts) && hosts.every((host) => typeof host === 'string')))
    throw new InvalidArgumentError(`Expected hosts to be an array of names, got ${describe(hosts)}`, {
      options: ['hosts'],
    });
  return {
    limits: checkLimits(limits),
    apiKey,
    cors,
    hosts: hosts && new Set(hosts.map((host) => host.toLowerCase())),
    otherwise: checkFunction('otherwise', otherwise),
    onRequest: checkFunction('onRequest', onRequest),
  };
}

function isOrigin(text: string): boolean {
  return URL.canParse(text) && new URL(text).origin === text;
}
