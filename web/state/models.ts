import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { ComputeProblem, GivenFile, ModelFacts, ModelName, OpenProgress } from '../compute/types.js';
import { type Client, Refused } from './Client.js';
import { settings } from './settings.js';

/** A model that the page can look at. */
export interface ListedModel {
  readonly name: ModelName;
  /** A word on what it is. */
  readonly title: string;
  /** The URL of its directory, or its files. */
  readonly source: string | readonly GivenFile[];
  /** Held-out text, or its URL, or that there is none; default: it may be beside the model. */
  readonly passages?: { readonly text: string } | { readonly url: string } | undefined;
  /** Whether a link to this page finds it again. */
  readonly isInLinks: boolean;
}

/** What became of a model. */
export type ModelState =
  | { readonly is: 'listed' }
  | { readonly is: 'opening'; readonly progress: OpenProgress | undefined }
  | { readonly is: 'open'; readonly facts: ModelFacts }
  | { readonly is: 'refused'; readonly problem: ComputeProblem };

/** The models of the page: which there are, which is looked at, and how far each is. */
export class Models {
  /** All, in the order in which they are offered. */
  readonly listed: Signal<readonly ListedModel[]> = signal([]);
  /** The one that is looked at; `undefined`: there is none. */
  readonly current: ReadonlySignal<ListedModel | undefined> = computed(() => {
    const wanted = settings.model.signal.value;
    return this.listed.value.find(({ name }) => name === wanted) ?? (wanted === '' ? this.listed.value[0] : undefined);
  });
  readonly #client: Client;
  readonly #states = new Map<ModelName, Signal<ModelState>>();

  constructor(client: Client) {
    this.#client = client;
  }

  /** How far a model is. */
  stateOf(name: ModelName): Signal<ModelState> {
    let state = this.#states.get(name);
    if (!state) {
      state = signal({ is: 'listed' });
      this.#states.set(name, state);
    }
    return state;
  }

  /** What is known of a model; `undefined`: it is not open. */
  factsOf(name: ModelName | undefined): ModelFacts | undefined {
    if (name === undefined) return undefined;
    const state = this.stateOf(name).value;
    return state.is === 'open' ? state.facts : undefined;
  }

  /** Offers a model, in place of one of that name. */
  add(model: ListedModel): void {
    this.listed.value = [...this.listed.value.filter(({ name }) => name !== model.name), model];
    this.stateOf(model.name).value = { is: 'listed' };
  }

  /** Opens a model, unless that was done. */
  async open(name: ModelName): Promise<void> {
    const state = this.stateOf(name);
    const model = this.listed.peek().find((one) => one.name === name);
    if (!model || state.peek().is !== 'listed') return;
    state.value = { is: 'opening', progress: undefined };
    try {
      const passages = await textOfPassages(model.passages);
      const facts = await this.#client.ask<'open'>(
        { kind: 'open', model: name, source: model.source, passages },
        {
          onPart: (progress) => {
            state.value = { is: 'opening', progress };
          },
        },
      );
      state.value = { is: 'open', facts };
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      state.value = { is: 'refused', problem: error.problem };
    }
  }

  /** Tries again to open what was refused. */
  async retry(name: ModelName): Promise<void> {
    this.stateOf(name).value = { is: 'listed' };
    await this.open(name);
  }
}

async function textOfPassages(passages: ListedModel['passages']): Promise<string | undefined> {
  if (!passages) return undefined;
  if ('text' in passages) return passages.text;
  const response = await fetch(passages.url).catch(() => undefined);
  // Without them, one view says that there are none.
  return response?.ok ? response.text() : undefined;
}
