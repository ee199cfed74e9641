import type { RequestRecord } from './RequestRecord.js';
import type { ServedModel } from './ServedModel.js';

/** Upper bounds of the histograms' buckets, in seconds. */
const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** Counts what happens, and tells it as Prometheus reads it: its text format, version 0.0.4. */
export class Metrics {
  readonly #models: readonly ServedModel[];
  readonly #requests = new Map<string, number>();
  readonly #tokens = new Map<string, number>();
  readonly #firstToken = new Histogram();
  readonly #duration = new Histogram();

  constructor(models: readonly ServedModel[]) {
    this.#models = models;
  }

  /** Counts a request that is over. */
  add({ route, status, outcome, model, ...record }: RequestRecord): void {
    increase(this.#requests, labels({ route, status: String(status), outcome }), 1);
    // What was refused was neither read nor generated.
    if (model === undefined || outcome === 'refused') return;
    increase(this.#tokens, labels({ model, kind: 'prompt' }), record.promptTokens);
    increase(this.#tokens, labels({ model, kind: 'completion' }), record.completionTokens);
    if (outcome === 'done') this.#duration.add(record.duration / 1000);
    if (record.firstToken !== undefined) this.#firstToken.add(record.firstToken / 1000);
  }

  /** All of it, as text. */
  text(): string {
    const ofModels = (count: (model: ServedModel) => number): Map<string, number> =>
      new Map(this.#models.map((model) => [labels({ model: model.name }), count(model)]));
    return [
      ...family('requests_total', 'counter', 'Requests that are over.', this.#requests),
      ...family('tokens_total', 'counter', 'Tokens that were read, and generated.', this.#tokens),
      ...family(
        'sentences_running',
        'gauge',
        'Sentences that are decoded, each beam of a search.',
        ofModels(({ batcher }) => batcher.running),
      ),
      ...family(
        'sentences_waiting',
        'gauge',
        'Sentences in the queue, each beam of a search.',
        ofModels(({ batcher }) => batcher.waiting),
      ),
      ...this.#firstToken.lines('first_token_seconds', 'From the request to its first token.'),
      ...this.#duration.lines('completion_seconds', 'How long completions took that were done.'),
      '',
    ].join('\n');
  }
}

/** How many values are at most so large. */
class Histogram {
  readonly #counts = new Array<number>(BOUNDS.length).fill(0);
  #count = 0;
  #sum = 0;

  add(value: number): void {
    for (const [at, bound] of BOUNDS.entries()) if (value <= bound) this.#counts[at] = (this.#counts[at] as number) + 1;
    this.#count++;
    this.#sum += value;
  }

  lines(name: string, help: string): string[] {
    const full = nameOf(name);
    return [
      ...heading(full, 'histogram', help),
      ...BOUNDS.map((bound, at) => `${full}_bucket{le="${bound}"} ${this.#counts[at]}`),
      `${full}_bucket{le="+Inf"} ${this.#count}`,
      `${full}_sum ${this.#sum}`,
      `${full}_count ${this.#count}`,
    ];
  }
}

function family(name: string, type: string, help: string, values: ReadonlyMap<string, number>): string[] {
  const full = nameOf(name);
  return [...heading(full, type, help), ...Array.from(values, ([labels, value]) => `${full}${labels} ${value}`)];
}

function heading(name: string, type: string, help: string): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`];
}

function nameOf(name: string): string {
  return `babblebrook_${name}`;
}

function labels(values: Readonly<Record<string, string>>): string {
  const escaped = (value: string): string =>
    value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
  return `{${Object.entries(values)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join()}}`;
}

function increase(counts: Map<string, number>, key: string, by: number): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}
