import { InvalidArgumentError } from '../errors.js';
import { ApiError } from './ApiError.js';
import { Completion } from './Completion.js';
import { eventStream } from './eventStream.js';
import type { Limits } from './Limits.js';
import { parseCompletion } from './parseCompletion.js';
import { LEFT, type RequestLog } from './RequestLog.js';
import type { ServedModel } from './ServedModel.js';

/** Fields that options of the decoders are called by. */
const FIELDS: Readonly<Record<string, string>> = { maxLength: 'max_tokens', lengthPenalty: 'length_penalty' };

/** Answers a request to `/v1/completions`, and tells the log when that is over. */
export async function complete(
  body: object,
  { request, model, limits, log }: { request: Request; model: ServedModel; limits: Limits; log: RequestLog },
): Promise<Response> {
  const asked = parseCompletion(body, model.name, model.tokenizer, limits);
  const completion = new Completion(asked, model);
  const late = (): void =>
    completion.stop(new ApiError(503, `A request may take ${limits.requestSeconds} seconds`, { code: 'timeout' }));
  const timer = setTimeout(late, limits.requestSeconds * 1000);
  const onEnd = (error?: unknown): void => {
    clearTimeout(timer);
    request.signal.removeEventListener('abort', leave);
    // Of several sentences, others may be under way.
    if (error !== undefined) completion.stop(error);
    log.end(error === undefined ? 200 : errorOf(error).status, error, completion.usage);
  };
  const leave = (): void => onEnd(new ApiError(LEFT, 'The client has left'));
  request.signal.addEventListener('abort', leave, { once: true });
  try {
    if (request.signal.aborted) throw new ApiError(LEFT, 'The client has left');
    model.batcher.submit(completion.jobs);
    await completion.news();
    // The news may be an end, or that something went wrong.
    if (completion.usage.completion_tokens > 0) log.tokenCame();
    if (!asked.stream || (completion.over && completion.usage.completion_tokens === 0)) await completion.done();
    if (!asked.stream) {
      onEnd();
      return Response.json(completion.whole());
    }
    // Also where nobody reads the stream.
    completion.done().then(() => clearTimeout(timer), onEnd);
    const running = (): number => model.batcher.running;
    const idle = limits.idleSeconds * 1000;
    const stream = eventStream(completion, { running, idle, onLeft: leave, onEnd, errorOf });
    return new Response(stream, {
      headers: { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' },
    });
  } catch (error) {
    onEnd(error);
    throw error;
  }
}

/** What a client gets of an error. */
export function errorOf(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  // What has no room in memory, say.
  if (error instanceof InvalidArgumentError) {
    const [option = ''] = error.options;
    return new ApiError(400, error.message, { param: FIELDS[option] ?? option, code: 'invalid_value', cause: error });
  }
  return new ApiError(500, 'The model failed', { cause: error });
}
