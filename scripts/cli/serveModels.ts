import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, Server as ListeningServer } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { InvalidArgumentError, MissingPackageError } from '../../src/errors.js';
import { type CompletionsHandler, completionsHandler } from '../../src/serving.js';
import type { ServeFlags } from '../serve.js';
import { builtPage } from './builtPage.js';
import type { Invocation } from './Command.js';
import { interruption } from './interruption.js';
import { loadPredictor, type Predictor } from './loadPredictor.js';
import { type PageHandler, pageHandler } from './pageHandler.js';
import { pageModels } from './pageModels.js';
import { malformed, refuseMalformed } from './refuseMalformed.js';
import { requestLine } from './requestLine.js';
import { runNames } from './runNames.js';

/** Names that a browser on this machine calls it by. */
const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

/** How long answers that are done may take to be read, in milliseconds, when the server ends. */
const LAST_READING = 20_000;

/** What slow or broken clients may take of a server. */
const SERVER = {
  headersTimeout: 10_000,
  requestTimeout: 60_000,
  keepAliveTimeout: 5000,
  connectionsCheckingInterval: 1000,
  maxHeaderSize: 16_384,
  // Refused like others, with an error object.
  requireHostHeader: false,
} as const;

/** Serves the models of the flags until somebody stops it; then what is under way is done first. */
export async function serveModels(flags: ServeFlags, { stderr, signal }: Invocation): Promise<void> {
  const { Hono, getRequestListener } = await loadHono();
  const models = await loadModels(flags);
  const { stop, release } = interruption(signal);
  try {
    const apiKey = flags.apiKey ?? process.env['BABBLEBROOK_API_KEY'];
    // A browser that opens a page sends no key.
    const page = flags.page && apiKey === undefined ? await pageOf(flags, stderr) : undefined;
    const { concurrency, queue, maxTokens, timeout: requestSeconds, cors, host } = flags;
    const handler = completionsHandler(Object.fromEntries(Array.from(models, ([name, { model }]) => [name, model])), {
      limits: { concurrency, queue, maxTokens, requestSeconds },
      apiKey,
      cors,
      otherwise: page,
      hosts: isLoopback(host) ? [...LOOPBACK, host] : undefined,
      onRequest: (record) => void stderr.write(requestLine(record)),
    });
    const app = new Hono().all('*', ({ req }) => handler(req.raw));
    const listener = getRequestListener(app.fetch, { overrideGlobalObjects: false, errorHandler: badRequest });
    const answers = new Set<ServerResponse>();
    const server = createServer(SERVER, (incoming, outgoing) => {
      answers.add(outgoing);
      outgoing.once('close', () => answers.delete(outgoing));
      void listener(incoming, outgoing);
    });
    refuseMalformed(server);
    // Who takes nothing of an answer for so long will not come back.
    server.setTimeout((requestSeconds + 60) * 1000);
    const url = await listen(server, flags);
    stderr.write(`serving ${[...models.keys()].join(', ')} at ${url}/v1\n`);
    if (page) stderr.write(`see them think: ${url}/\n`);
    if (!isLoopback(host) && apiKey === undefined)
      stderr.write('anybody who reaches this address may ask: --api-key says who may\n');
    if (!stop.aborted) await once(stop, 'abort');
    stderr.write('ending what is under way\n');
    await end(server, handler, answers);
  } finally {
    release();
    for (const { dispose } of models.values()) dispose();
  }
}

async function loadHono() {
  try {
    const [{ Hono }, { getRequestListener }] = await Promise.all([import('hono'), import('@hono/node-server')]);
    return { Hono, getRequestListener };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new MissingPackageError(
      'Expected the packages hono and @hono/node-server, which serve answers with, got none: npm install hono@4 @hono/node-server@2',
      { cause: error },
    );
  }
}

/** The models by the names of their runs' directories. */
async function loadModels({ run: runs, backend }: ServeFlags): Promise<ReadonlyMap<string, Predictor>> {
  const models = new Map<string, Predictor>();
  for (const [name, run] of runNames(runs)) models.set(name, await loadPredictor(run, backend));
  return models;
}

/** What answers for the page; nothing does where it cannot be built. */
async function pageOf({ run: runs }: ServeFlags, stderr: Invocation['stderr']): Promise<PageHandler | undefined> {
  const say = (line: string): unknown => stderr.write(`${line}\n`);
  try {
    return pageHandler(await builtPage(say), pageModels(runs));
  } catch (error) {
    // Who asks for completions needs no page.
    say(`there is no page: ${(error as Error).message}`);
    return undefined;
  }
}

async function listen(server: Server, { host, port }: ServeFlags): Promise<string> {
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    const { message } = error as Error;
    throw new InvalidArgumentError(`Expected to listen at port ${port} of ${host}, but ${message}`, { cause: error });
  }
  const { address, port: found, family } = server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${found}`;
}

async function end(server: Server, handler: CompletionsHandler, answers: ReadonlySet<ServerResponse>): Promise<void> {
  // Not `server.close()`: that also closes connections whose answer is done, but not yet sent to its end.
  ListeningServer.prototype.close.call(server);
  await handler.close();
  const sent = Promise.all(Array.from(answers, (answer) => once(answer, 'close')));
  await Promise.race([sent, setTimeout(LAST_READING, undefined, { ref: false })]);
  server.closeAllConnections();
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d+){3}$/.test(host);
}

/** What HTTP says of a malformed request. */
function badRequest(error: unknown): Response {
  const { message } = error as Error;
  return Response.json(malformed(message), { status: 400, headers: { connection: 'close' } });
}
