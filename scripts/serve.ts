import { DEFAULT_CONCURRENCY, DEFAULT_MOST_TOKENS, DEFAULT_QUEUE, DEFAULT_REQUEST_SECONDS } from '../src/defaults.js';
import type { Command } from './cli/Command.js';
import { exampleModel } from './cli/exampleModel.js';
import type { ReaderName } from './cli/loadPredictor.js';
import { count, countFromZero, port, seconds } from './cli/numbers.js';
import { option, readerOption } from './cli/options.js';
import { startScript } from './cli/start.js';

/** The flags of `serve`, as commander gives them. */
export interface ServeFlags {
  readonly run: string[];
  readonly host: string;
  readonly port: number;
  readonly apiKey?: string;
  readonly cors?: string;
  readonly concurrency: number;
  readonly queue: number;
  readonly maxTokens: number;
  readonly timeout: number;
  readonly page: boolean;
  readonly backend?: ReaderName;
}

export const serve: Command<ServeFlags> = {
  name: 'serve',
  does: "Serve trained models to clients of OpenAI's completions, over HTTP, and show a page at / that looks into them.",
  more: 'Ctrl-C and SIGTERM end what is under way first. A line for each request goes to standard error, without its prompt.',
  examples: [
    '',
    '--run runs/speech runs/shakespeare --port 8080',
    '--run runs/speech --host 0.0.0.0 --cors https://example.org',
  ],
  options: [
    option(
      '--run <dir...>',
      'run directories that the command train made; clients call a model by the name of its directory',
    ).default([exampleModel()]),
    option('--host <name>', 'address to listen at; requests to a loopback address must name one, too').default(
      '127.0.0.1',
    ),
    option('--port <n>', 'port to listen at; 0 is any that is free', port, 8000),
    option(
      '--api-key <key>',
      'what clients must know; default: BABBLEBROOK_API_KEY of the environment, which other users of the machine cannot read; without, anybody may ask',
    ),
    option('--cors <origin>', 'web pages that may ask, such as https://example.org, or * for all; default: none'),
    option('--concurrency <n>', 'sentences that are decoded at once', count, DEFAULT_CONCURRENCY),
    option(
      '--queue <n>',
      'sentences that may wait for that; who comes then is sent away',
      countFromZero,
      DEFAULT_QUEUE,
    ),
    option('--max-tokens <n>', 'most tokens that a client may ask for', count, DEFAULT_MOST_TOKENS),
    option('--no-page', 'show no page at /; else whoever may ask may have the models, which the page reads'),
    option('--timeout <seconds>', 'most seconds that a request may take', seconds, DEFAULT_REQUEST_SECONDS),
    readerOption('what computes; default: inference, with which a seed gives the same text in whatever company'),
  ],
  async run(flags, invocation) {
    const { serveModels } = await import('./cli/serveModels.js');
    await serveModels(flags, invocation);
    return undefined;
  },
};

await startScript(import.meta, serve);
