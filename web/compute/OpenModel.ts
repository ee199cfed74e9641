import { CharacterTokenizer, type InferenceModel } from '../../src/browser.js';
import { GateReader } from './GateReader.js';
import { ReadText } from './ReadText.js';
import type { GateFacts, ModelFacts, ModelName } from './types.js';

/** A model, and what is known of the texts that it read. */
export class OpenModel {
  readonly name: ModelName;
  readonly model: InferenceModel;
  readonly facts: ModelFacts;
  /** Held-out text; `''`: there is none. */
  readonly passages: string;
  readonly gates: GateReader;
  readonly #text: ReadText;
  #queue: Promise<unknown> = Promise.resolve();

  private constructor(model: InferenceModel, facts: ModelFacts, passages: string) {
    this.name = facts.model;
    this.model = model;
    this.facts = facts;
    this.passages = passages;
    this.gates = new GateReader(model, passages);
    this.#text = new ReadText(model);
  }

  static async of(name: ModelName, model: InferenceModel, passages: string): Promise<OpenModel> {
    const { config, tokenizer, kernel } = model;
    const { hiddenSize, embeddingSize } = config;
    const { layers } = await model.activations('');
    const parts = Object.keys(
      model.cell.state({ input: embeddingSize, hidden: hiddenSize, bias: config.bias, forgetBias: 0 }),
    );
    const facts: ModelFacts = {
      ...{ model: name, cell: config.cell, hiddenSize, embeddingSize, kernel },
      layers: layers.map((named) =>
        Object.entries(named).map(
          ([gate, { width }]): GateFacts => ({ name: gate, width, isState: parts.includes(gate) }),
        ),
      ),
      vocabularySize: tokenizer.vocabularySize,
      isOfCharacters: tokenizer instanceof CharacterTokenizer,
      passages: passages.length,
    };
    return new OpenModel(model, facts, passages);
  }

  /** Works with the text that was read: one work after the other. */
  readonly withText = async <T>(work: (text: ReadText) => Promise<T>): Promise<T> => {
    const mine = this.#queue.then(() => work(this.#text));
    this.#queue = mine.catch(() => {});
    return mine;
  };
}
