import type { Activations, InferenceModel, UnitActivations } from '../../src/browser.js';
import { ComputeFailure } from './ComputeFailure.js';
import { cutPassages, type Stretch } from './cutPassages.js';
import { OnBits } from './OnBits.js';
import type { Turns } from './Turns.js';
import { textTokens } from './textTokens.js';
import type { GatePlace, OnRule, TextTokens } from './types.js';

/** What all gates of all layers may take while a text is read. */
const MOST_BYTES = 2 ** 28;

/** A gate over a text. */
export interface GateOfText {
  readonly tokens: TextTokens;
  readonly width: number;
  /** `[width]`, before any token. */
  readonly start: Float32Array;
  /** `[tokens × width]`, row-major. */
  readonly values: Float32Array;
}

/** Reads gates over texts, and remembers those of the latest, and where units are on in the held-out text. */
export class GateReader {
  readonly #model: InferenceModel;
  readonly #passages: string;
  readonly #mostBytes: number;
  #latest: { readonly text: string; readonly activations: Promise<Activations> } | undefined;
  #stretches: readonly Stretch[] | undefined;
  #bits: { readonly key: string; readonly of: OnBits[] } | undefined;

  constructor(model: InferenceModel, passages: string, mostBytes = MOST_BYTES) {
    this.#model = model;
    this.#passages = passages;
    this.#mostBytes = mostBytes;
  }

  /** A gate over a text. */
  async over(text: string, place: GatePlace): Promise<GateOfText> {
    const tokens = textTokens(this.#model.tokenizer, text);
    if (this.#latest?.text !== text) {
      await this.#checkRoom(tokens.ids.length);
      const activations = this.#model.activations(text);
      this.#latest = { text, activations };
      // Another may come to be the latest before this one fails.
      activations.catch(() => {
        if (this.#latest?.activations === activations) this.#latest = undefined;
      });
    }
    const { width, values } = gateIn(await this.#latest.activations, place);
    return { tokens, width, start: values.subarray(0, width), values: values.subarray(width) };
  }

  /** The held-out text, cut as the model reads it. */
  get stretches(): readonly Stretch[] {
    this.#stretches ??= cutPassages(this.#passages, this.#model.tokenizer);
    return this.#stretches;
  }

  /** Where units of a gate are on in a stretch of the held-out text: of the latest rule it is known after it was read once. */
  async onIn(stretch: number, place: GatePlace, { threshold, side = 'above' }: OnRule, turns: Turns): Promise<OnBits> {
    const key = JSON.stringify([place.layer, place.gate, threshold, side]);
    if (this.#bits?.key !== key) this.#bits = { key, of: [] };
    const { of } = this.#bits;
    const known = of[stretch];
    if (known) return known;
    await turns.take();
    const { width, values } = gateIn(await this.#model.activations(this.stretches[stretch]?.text ?? ''), place);
    const made = new OnBits(values.subarray(width), width, { threshold, side });
    of[stretch] = made;
    return made;
  }

  async #checkRoom(tokens: number): Promise<void> {
    const { layers } = await this.#model.activations('');
    const width = layers.flatMap((named) => Object.values(named)).reduce((sum, gate) => sum + gate.width, 0);
    const most = Math.floor(this.#mostBytes / (4 * width)) - 1;
    if (tokens <= most) return;
    throw new ComputeFailure({
      kind: 'size',
      message: `Expected a text of at most ${most} tokens to show what happens in all units of this model, got ${tokens}`,
      advice: 'Take a shorter text.',
    });
  }
}

function gateIn({ layers }: Activations, { layer, gate }: GatePlace): UnitActivations {
  const named = layers[layer] ?? {};
  const found = Object.hasOwn(named, gate) ? named[gate] : undefined;
  if (found) return found;
  throw new ComputeFailure({
    kind: 'input',
    message: `Expected a gate of layer ${layer}, one of ${Object.keys(named).join(', ') || 'none'}, got ${gate}`,
    advice: 'Choose another layer or gate.',
  });
}
