// Trained models as a server of completions, by web standards, for any server that calls it.
export { type CompletionsHandler, completionsHandler } from './serving/completionsHandler.js';
export type { CompletionsHandlerOptions } from './serving/HandlerOptions.js';
export type { Limits } from './serving/Limits.js';
export type { RequestRecord } from './serving/RequestRecord.js';
