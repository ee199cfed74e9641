/** The ids of a prompt. */
export interface PromptIds {
  /** All of them, as they are counted and echoed: EOS first where the client put it there. */
  readonly given: readonly number[];
  /** What is read behind the EOS that begins a sentence. */
  readonly read: readonly number[];
}

/** How the tokens of a completion are chosen. */
export type Choosing =
  | { readonly decoder: 'greedy' }
  | { readonly decoder: 'sample'; readonly temperature: number; readonly seed: number }
  | { readonly decoder: 'beam'; readonly temperature: number; readonly beams: number; readonly lengthPenalty: number };

/** What a client asks for at `/v1/completions`, checked, defaults filled in. */
export interface CompletionRequest {
  readonly model: string;
  readonly prompts: readonly PromptIds[];
  readonly maxTokens: number;
  readonly choosing: Choosing;
  readonly topP: number | undefined;
  readonly topK: number | undefined;
  readonly minP: number | undefined;
  readonly logitBias: ReadonlyMap<number, number>;
  readonly frequencyPenalty: number;
  readonly presencePenalty: number;
  readonly stop: readonly string[];
  /** How many choices a prompt gets. */
  readonly n: number;
  /** Of how many they are the best. */
  readonly bestOf: number;
  readonly echo: boolean;
  /** How many of the most probable tokens are told of each; `undefined`: no log-probabilities at all. */
  readonly logprobs: number | undefined;
  readonly stream: boolean;
  readonly includeUsage: boolean;
}
