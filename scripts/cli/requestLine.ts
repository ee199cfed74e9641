import type { RequestRecord } from '../../src/serving.js';

/** A line of a log about a request: who reads it learns nothing of what was said. */
export function requestLine(record: RequestRecord): string {
  const { time, method, route, status, outcome, model, promptTokens, completionTokens, firstToken, duration } = record;
  const words = [
    new Date(time).toISOString(),
    method,
    route,
    status,
    outcome,
    model && `${model} ${promptTokens}+${completionTokens} tokens`,
    firstToken !== undefined && `first after ${firstToken.toFixed(0)} ms`,
    `${duration.toFixed(0)} ms`,
    record.error !== undefined && JSON.stringify(String(record.error)),
  ];
  return `${words.filter(Boolean).join(' ')}\n`;
}
