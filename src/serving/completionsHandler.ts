import type { TokenPredictor } from '../decoding/TokenPredictor.js';
import { invalid } from '../errors.js';
import { ApiError } from './ApiError.js';
import { closing } from './Batcher.js';
import { complete, errorOf } from './complete.js';
import { checkHost, corsHeaders, KeyCheck, PREFLIGHT } from './guards.js';
import { type CompletionsHandlerOptions, checkHandlerOptions } from './HandlerOptions.js';
import { Metrics } from './Metrics.js';
import { RequestLog } from './RequestLog.js';
import { readJson } from './readJson.js';
import { ServedModel } from './ServedModel.js';
import { detokenize, tokenize, tokenizerInfo } from './tokenizing.js';

/** Answers requests: a function of a `Request` to a `Response`, as web servers take it. */
export interface CompletionsHandler {
  /** Never throws, and never rejects: what goes wrong is an answer too. */
  (request: Request): Promise<Response>;
  /** Takes nothing new, and resolves when what is under way is done and no model computes any more. */
  close(): Promise<void>;
}

/** What a route does with a request. */
type Route = (request: Request, log: RequestLog) => Response | Promise<Response>;

/** Where clients of chat models ask. */
const OF_CHAT_MODELS = ['/v1/chat/completions', '/v1/responses', '/v1/messages', '/v1/embeddings'];

/**
 * Serves models to clients of OpenAI's completions: `/v1/completions` and `/v1/models`, and beside them `/tokenize`, `/detokenize`,
 * `/tokenizer_info`, `/healthz` and `/metrics`. All requests of a model share it, and are decoded side by side as they come.
 *
 *     const handler = completionsHandler({ speech: await InferenceModel.load('runs/speech/best') });
 *     const response = await handler(new Request('http://localhost/v1/models'));
 *
 * @param models the models by the names that clients call them by
 * @throws {InvalidArgumentError} when there is no model, or on an option that cannot be used.
 */
export function completionsHandler(
  models: Readonly<Record<string, TokenPredictor<unknown>>>,
  options: CompletionsHandlerOptions = {},
): CompletionsHandler {
  const { limits, apiKey, cors, hosts, otherwise, onRequest } = checkHandlerOptions(options);
  const served = servedModels(models, (name, model) => new ServedModel(name, model, limits));
  const metrics = new Metrics(served);
  const key = new KeyCheck(apiKey);
  const created = Math.floor(Date.now() / 1000);
  let isClosing = false;

  const modelNamed = (name: unknown): ServedModel => {
    const found = served.find((model) => model.name === name);
    if (found) return found;
    if (name === undefined || name === null)
      throw new ApiError(400, `Expected a model: ${served.map(({ name }) => name).join(', ')}`, { param: 'model' });
    throw new ApiError(404, `Expected model to be one of ${served.map(({ name }) => name).join(', ')}, got another`, {
      param: 'model',
      code: 'model_not_found',
    });
  };
  /** For clients that know of one model only. */
  const modelOr = (name: unknown): ServedModel => modelNamed(name ?? served[0]?.name);
  const card = ({ name: id }: ServedModel) => ({ id, object: 'model', created, owned_by: 'babblebrook' });
  const fieldOf = (body: object, name: string): unknown => (Object.hasOwn(body, name) ? Reflect.get(body, name) : null);

  const routes: Readonly<Record<string, Route>> = {
    'GET /healthz': () => (isClosing ? fail(closing()) : Response.json({ status: 'ok' })),
    'GET /metrics': () => new Response(metrics.text(), { headers: { 'content-type': 'text/plain; version=0.0.4' } }),
    'GET /v1/models': () => Response.json({ object: 'list', data: served.map(card) }),
    'POST /v1/completions': async (request, log) => {
      if (isClosing) throw closing();
      const body = await readJson(request, limits);
      const model = modelNamed(fieldOf(body, 'model'));
      log.model = model.name;
      return complete(body, { request, model, limits, log });
    },
    'GET /tokenizer_info': ({ url }) =>
      Response.json(tokenizerInfo(modelOr(new URL(url).searchParams.get('model')).tokenizer)),
    'POST /tokenize': async (request) => {
      const body = await readJson(request, limits);
      return Response.json(tokenize(body, modelOr(fieldOf(body, 'model')).tokenizer));
    },
    'POST /detokenize': async (request) => {
      const body = await readJson(request, limits);
      return Response.json(detokenize(body, modelOr(fieldOf(body, 'model')).tokenizer));
    },
  };

  const answer: Route = async (request, log) => {
    const { pathname } = new URL(request.url);
    const methods = ['GET', 'POST'].filter((method) => Object.hasOwn(routes, `${method} ${pathname}`));
    if (methods.length > 0) log.route = pathname;
    checkHost(request, hosts);
    if (request.method === 'OPTIONS' && cors !== undefined)
      return new Response(null, { status: 204, headers: PREFLIGHT });
    if (pathname !== '/healthz') await key.check(request);
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    const route = routes[`${method} ${pathname}`];
    if (route) return route(request, log);
    const name = /^\/v1\/models\/(.+)$/.exec(pathname)?.[1];
    if (name !== undefined && method === 'GET') return Response.json(card(modelNamed(decoded(name))));
    if (methods.length > 0)
      throw new ApiError(405, `Expected ${methods.join(' or ')}`, { headers: { allow: methods.join(', ') } });
    if (OF_CHAT_MODELS.includes(pathname))
      throw new ApiError(
        404,
        'Here are language models that go on with a text, and know of no chat: POST /v1/completions',
        {
          code: 'not_a_chat_model',
        },
      );
    const other = await otherwise(request);
    if (other) return other;
    throw new ApiError(404, 'Expected a path of this server: POST /v1/completions, GET /v1/models', {
      code: 'not_found',
    });
  };

  const handle = async (request: Request): Promise<Response> => {
    const log = new RequestLog(request.method, (record) => {
      metrics.add(record);
      onRequest(record);
    });
    let response: Response;
    try {
      response = await answer(request, log);
      // A stream tells when it is over.
      if (!response.headers.get('content-type')?.startsWith('text/event-stream')) log.end(response.status, undefined);
    } catch (error) {
      response = fail(errorOf(error));
      log.end(response.status, error);
    }
    for (const [name, value] of Object.entries(corsHeaders(request, cors))) response.headers.set(name, value);
    return request.method === 'HEAD' ? new Response(null, response) : response;
  };
  const close = async (): Promise<void> => {
    isClosing = true;
    await Promise.all(served.map(({ batcher }) => batcher.close()));
  };
  return Object.assign(handle, { close });
}

function servedModels(
  models: Readonly<Record<string, TokenPredictor<unknown>>>,
  serve: (name: string, model: TokenPredictor<unknown>) => ServedModel,
): readonly ServedModel[] {
  const entries = typeof models === 'object' && models !== null ? Object.entries(models) : [];
  if (entries.length === 0) throw invalid('models', 'an object of models by their names, at least one', models);
  for (const [name, model] of entries) {
    if (typeof model?.next !== 'function' || typeof model.free !== 'function' || typeof model.tokenizer !== 'object')
      throw invalid(`models[${JSON.stringify(name)}]`, 'a model', model);
    if (!/^[\w.:@/-]+$/.test(name)) throw invalid('a name of models', 'letters, digits and - _ . : @ /', name);
  }
  return entries.map(([name, model]) => serve(name, model));
}

function fail({ status, body, headers }: ApiError): Response {
  return Response.json(body, { status, headers });
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
