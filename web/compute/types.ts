/**
 * What the page asks of its worker, and what comes back: plain data that can be cloned, with typed arrays where it is large. Offsets into a
 * text are in UTF-16 units, as strings have them; probabilities are from 0 to 1, log-probabilities and surprise in nats.
 */

/** What an open model is called: the page chooses it when it opens one. */
export type ModelName = string;

/** A file that was dropped: its bytes are moved, not copied, where the page lists their buffers. */
export interface GivenFile {
  /** Its name, without folders. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Opens a model, in place of one of the same name. Answer: `ModelFacts`. Parts: `OpenProgress`. */
export interface OpenRequest {
  readonly kind: 'open';
  readonly model: ModelName;
  /** The URL of its directory, or its files, as `chooseFiles` chose them. */
  readonly source: string | readonly GivenFile[];
  /** Held-out text, `passages.txt`; default: looked for in `source`. */
  readonly passages?: string | undefined;
}

export interface OpenProgress {
  readonly file: string;
  readonly loadedBytes: number;
  /** `undefined`: not known. */
  readonly totalBytes: number | undefined;
}

/** Frees a model. Answer: `null`. */
export interface CloseRequest {
  readonly kind: 'close';
  readonly model: ModelName;
}

/** A gate, or a part of the state, of a layer. */
export interface GateFacts {
  /** As in the cell's equation. */
  readonly name: string;
  /** How many units it has. */
  readonly width: number;
  /** Whether the next time step goes on from it. */
  readonly isState: boolean;
}

export interface ModelFacts {
  readonly model: ModelName;
  /** `gru`, `lstm`, … */
  readonly cell: string;
  /** Of each layer, in the order of the cell's equation. */
  readonly layers: readonly (readonly GateFacts[])[];
  readonly hiddenSize: number;
  readonly embeddingSize: number;
  readonly vocabularySize: number;
  /** Whether a token is one character. */
  readonly isOfCharacters: boolean;
  /** `plain`: there is no WebAssembly with vectors here, and all is some ten times slower. */
  readonly kernel: 'wasm' | 'plain';
  /** Characters of held-out text; 0: there is none, and the page says so. */
  readonly passages: number;
}

/** A text as a model reads it: token k is `text.slice(starts[k], starts[k + 1])`. */
export interface TextTokens {
  readonly text: string;
  readonly ids: Int32Array;
  /** One more than there are tokens; they cover the text without gaps, in order. */
  readonly starts: Int32Array;
}

/** How surprising a text is. Answer: `WriteResult`. States are kept: only what is behind the first change is computed anew. */
export interface WriteRequest {
  readonly kind: 'write';
  readonly model: ModelName;
  readonly text: string;
}

export interface WriteResult {
  readonly tokens: TextTokens;
  /** −log p of each token. */
  readonly surprise: Float32Array;
  /** −log p that the text ends here. */
  readonly end: number;
  /** How many tokens were computed: the others' were known. */
  readonly computed: number;
}

/** How a token is drawn; all as in `sample`, none by default. */
export interface Sampling {
  readonly temperature?: number | undefined;
  readonly topK?: number | undefined;
  readonly topP?: number | undefined;
  readonly minP?: number | undefined;
}

/** What could stand at a place of a text. Answer: `AlternativesResult`. */
export interface AlternativesRequest {
  readonly kind: 'alternatives';
  readonly model: ModelName;
  readonly text: string;
  /** Which token; as many as there are: what comes next. */
  readonly at: number;
  /** How many; default 5. */
  readonly count?: number | undefined;
  readonly sampling: Sampling;
}

/** What keeps a token from being drawn: it is never generated (pad and unknown), or one of the options excludes it. */
export type Excluding = 'never' | 'topK' | 'topP' | 'minP';

export interface Alternative {
  readonly id: number;
  /** What it writes at this place; `''` for the end, and for a part of a character. */
  readonly text: string;
  /** The end of the text. */
  readonly isEnd: boolean;
  /** By what the model gives it, from 1. */
  readonly rank: number;
  /** What the model gives it. */
  readonly probability: number;
  /** With what probability it is drawn; 0 where it is excluded. */
  readonly drawn: number;
  readonly excludedBy: Excluding | undefined;
}

export interface AlternativesResult {
  readonly at: number;
  /** The likeliest first. */
  readonly alternatives: readonly Alternative[];
  /** What stands there, also where it is not among them; `undefined` behind the text. */
  readonly standing: Alternative | undefined;
  /** How many tokens can be drawn. */
  readonly drawable: number;
}

/** Which gate is looked at. */
export interface GatePlace {
  readonly layer: number;
  readonly gate: string;
}

/** What a gate's units are over a text. Answer: `HeatMapResult`. */
export interface HeatMapRequest extends GatePlace {
  readonly kind: 'heatMap';
  readonly model: ModelName;
  readonly text: string;
}

export interface HeatMapResult extends GatePlace {
  readonly tokens: TextTokens;
  /** Units. */
  readonly width: number;
  /** `[tokens × width]`, row-major: row k is what the units are once token k was read. */
  readonly values: Float32Array;
  /** What they are before any token: `[width]`. */
  readonly start: Float32Array;
  /** The lowest and highest of `values`. */
  readonly low: number;
  readonly high: number;
  /** What a quarter of `values` is above: where no threshold was chosen, a good one. */
  readonly threshold: number;
}

/** When a unit counts as on. */
export interface OnRule {
  readonly threshold: number;
  /** Whether it is on above the threshold or below it; default `above`. */
  readonly side?: 'above' | 'below' | undefined;
}

/** Units that are on throughout a passage, those first that are seldom on elsewhere. Answer: `RankUnitsResult`. */
export interface RankUnitsRequest extends GatePlace, OnRule {
  readonly kind: 'rankUnits';
  readonly model: ModelName;
  readonly text: string;
  /** The passage's first token, and the one behind its last. */
  readonly from: number;
  readonly to: number;
}

export interface RankUnitsResult extends GatePlace {
  readonly from: number;
  readonly to: number;
  /** Units that are on at each token of the passage. */
  readonly units: Int32Array;
  /** Of each, the share of the other tokens at which it is on too, from 0 to 1; 0 where there are no others. */
  readonly elsewhere: Float32Array;
  /** Of each, its mean in the passage. */
  readonly mean: Float32Array;
}

/** Where in the held-out text these units are on together again. Answer: `PassagesResult`; parts: the same, so far. */
export interface PassagesRequest extends GatePlace, OnRule {
  readonly kind: 'passages';
  readonly model: ModelName;
  readonly units: readonly number[];
  /** At how many tokens in a row they are to be on; default 1. */
  readonly length?: number | undefined;
  /** How many passages at most; default 12. */
  readonly count?: number | undefined;
}

export interface Passage {
  /** The passage with what is around it, as it stands in the held-out text. */
  readonly text: string;
  /** Where in `text` the units are on. */
  readonly from: number;
  readonly to: number;
  /** Where `text` begins in the held-out text. */
  readonly offset: number;
  /** At how many tokens in a row. */
  readonly length: number;
}

export interface PassagesResult {
  /** The longest first; of equal length, the earlier. */
  readonly passages: readonly Passage[];
  /** How many there are in what was read, those not listed among them. */
  readonly found: number;
  /** Characters of the held-out text that were read, and that there are; `0, 0`: there is none. */
  readonly read: number;
  readonly total: number;
}

/** How much each earlier token matters for one, in several models. Answer: `MemoryResult`; parts: `MemoryRow`. */
export interface MemoryRequest {
  readonly kind: 'memory';
  readonly models: readonly ModelName[];
  readonly text: string;
  /** Any place within the token in question. */
  readonly offset: number;
}

export interface MemoryRow {
  readonly model: ModelName;
  readonly cell: string;
  readonly tokens: TextTokens;
  /** The token in question. */
  readonly at: number;
  /** ‖∂ log p(token `at`) / ∂ embedding‖ of each token before it: `[at]`. */
  readonly norms: Float64Array;
  /** The same of the start, which is read before any token. */
  readonly startNorm: number;
  /** Each norm's share of all of the row, the start's among them: a row and `startShare` add up to 1, so that rows compare. */
  readonly shares: Float64Array;
  readonly startShare: number;
  /** The last so many tokens have half of the row, and nine tenths of it; `at` + 1 where the start is needed too. */
  readonly half: number;
  readonly most: number;
}

export interface MemoryResult {
  readonly rows: readonly MemoryRow[];
  /** One sentence that says how to read the rows, and one that says what these rows show. */
  readonly howToRead: string;
  readonly whatItShows: string;
}

/** A streaming beam search. Answer: `BeamRecord`; parts: `BeamRecord` so far, every now and then. */
export interface BeamsRequest {
  readonly kind: 'beams';
  readonly model: ModelName;
  readonly prompt: string;
  readonly beams: number;
  readonly maxLength: number;
  /** Default 0. */
  readonly lengthPenalty?: number | undefined;
}

/**
 * What a hypothesis came to in the step that made it: it goes on; it ended, by EOS or by its length; or its bound is not above the best
 * finished score, so that it cannot win any more.
 */
export const FATES = ['live', 'finished', 'beaten'] as const;

/**
 * A beam search as a tree, node by node in the order of steps, within one the best first. Node 0 is the root, before any token. Of each node
 * an entry in each list.
 */
export interface BeamRecord {
  readonly model: ModelName;
  readonly prompt: string;
  readonly beams: number;
  readonly nodes: number;
  readonly parent: Int32Array;
  /** Its last token, which may be EOS; of the root, EOS, which begins a sentence. */
  readonly id: Int32Array;
  /** The step that made it; of the root 0. */
  readonly step: Int32Array;
  /** What the model gave its last token. */
  readonly tokenLogProbability: Float32Array;
  readonly logProbability: Float64Array;
  /** What finished ones are compared by. */
  readonly score: Float64Array;
  /** The highest score that it can still reach. */
  readonly bound: Float64Array;
  /** Index into `FATES`. */
  readonly fate: Uint8Array;
  /** Of live ones that nothing goes on from: 1 where others were likelier, 2 where no token may follow. Else 0. */
  readonly end: Uint8Array;
  /** The first node of each step, the root's included, and behind the last: the nodes of step s are `stepStart[s]` to `stepStart[s + 1]`. */
  readonly stepStart: Int32Array;
  /** After each step, the node whose path all that can still win share. */
  readonly committed: Int32Array;
  /** After each step, the best finished node; −1: none. */
  readonly best: Int32Array;
  readonly done: boolean;
  /** Of each id that occurs, how it is shown. */
  readonly texts: Readonly<Record<number, string>>;
  readonly eosId: number;
}

/** A token that some of those that can still win have at the first place that is in doubt. */
export interface Contender {
  readonly id: number;
  readonly text: string;
  /** How many live hypotheses have it. */
  readonly hypotheses: number;
  /** The best node that has it. */
  readonly node: number;
  /** The highest bound of those (of a finished one, its score). */
  readonly bound: number;
  /** Whether the best finished one has it, or is over where it would stand. */
  readonly isOfFinished: boolean;
}

/** A beam search after a step, for a picture: made on the main thread, by `beamFrame`. */
export interface BeamFrame {
  readonly step: number;
  /** Nodes that go on, best first. */
  readonly live: readonly number[];
  /** Nodes that finished so far, best first. */
  readonly finished: readonly number[];
  /** Nodes from which nothing goes on, up to this step, and why. */
  readonly aside: readonly AsideNode[];
  /** The path of the committed text, without the root. */
  readonly committed: readonly number[];
  readonly committedText: string;
  /** What stands at the next place; one alone: it is certain. */
  readonly contenders: readonly Contender[];
  /** Why the next token is not certain yet, in a sentence; or that the search is over. */
  readonly why: string;
}

export interface AsideNode {
  readonly node: number;
  readonly why: 'others likelier' | 'cannot win any more' | 'no token may follow';
  /** In which step that was. */
  readonly step: number;
}

/** A gate's unit that is held at a value; without a unit, all of that gate. */
export interface PinnedUnit extends GatePlace {
  readonly unit?: number | undefined;
  readonly value: number;
}

/** Two texts of one seed, one of them with pinned units. Answer: `SteerResult`; parts: the same, so far. */
export interface SteerRequest {
  readonly kind: 'steer';
  readonly model: ModelName;
  readonly prompt: string;
  readonly sampling: Sampling;
  /** Default 1. */
  readonly seed?: number | undefined;
  readonly maxLength: number;
  /** None: one text only, which is `free`. */
  readonly pins: readonly PinnedUnit[];
}

export interface SampledText {
  readonly tokens: TextTokens;
  /** −log p of each token. */
  readonly surprise: Float32Array;
  /** Whether the model ended it. */
  readonly isComplete: boolean;
}

export interface SteerResult {
  /** As the model writes. */
  readonly free: SampledText;
  /** With the pins; `undefined` where there are none. */
  readonly pinned: SampledText | undefined;
  /** The first token at which the two differ; `undefined` while they do not. */
  readonly parts: number | undefined;
}

/** What went wrong, for the page to say. */
export interface ComputeProblem {
  /**
   * `file`: a file is missing, damaged, or does not fit; `size`: too large; `memory`; `webAssembly`: none, or not allowed; `input`: something
   * that was set cannot be used; `network`; `aborted`; `unknown`: a mistake of ours.
   */
  readonly kind: 'file' | 'size' | 'memory' | 'webAssembly' | 'input' | 'network' | 'aborted' | 'unknown';
  /** A sentence that says what was expected and what was there. It may hold text of a file: it is text, never markup. */
  readonly message: string;
  /** A sentence that says what to do; `''`: nothing comes to mind. */
  readonly advice: string;
}

/** By the kind of a request: it, its answer, and what is told on the way. */
export interface Exchanges {
  readonly open: { request: OpenRequest; answer: ModelFacts; part: OpenProgress };
  readonly close: { request: CloseRequest; answer: null; part: never };
  readonly write: { request: WriteRequest; answer: WriteResult; part: never };
  readonly alternatives: { request: AlternativesRequest; answer: AlternativesResult; part: never };
  readonly heatMap: { request: HeatMapRequest; answer: HeatMapResult; part: never };
  readonly rankUnits: { request: RankUnitsRequest; answer: RankUnitsResult; part: never };
  readonly passages: { request: PassagesRequest; answer: PassagesResult; part: PassagesResult };
  readonly memory: { request: MemoryRequest; answer: MemoryResult; part: MemoryRow };
  readonly beams: { request: BeamsRequest; answer: BeamRecord; part: BeamRecord };
  readonly steer: { request: SteerRequest; answer: SteerResult; part: SteerResult };
}

export type Kind = keyof Exchanges;
export type RequestOf<K extends Kind> = Exchanges[K]['request'];
export type AnswerOf<K extends Kind> = Exchanges[K]['answer'];
export type PartOf<K extends Kind> = Exchanges[K]['part'];
export type Request = RequestOf<Kind>;

/** What the worker offers: `Computer` is one. */
export interface Computing {
  /**
   * Rejects with a `ComputeFailure`, which has a `problem`; with one of kind `aborted` once the signal is. `onPart` hears of what is there
   * already. Nothing it does takes long without a turn of the event loop.
   */
  ask<K extends Kind>(
    request: RequestOf<K> & { readonly kind: K },
    options?: { readonly signal?: AbortSignal | undefined; readonly onPart?: ((part: PartOf<K>) => void) | undefined },
  ): Promise<AnswerOf<K>>;
}

/** A file as a drop or a directory's picker lists it. */
export interface ListedFile {
  /** With folders, where it is in some: `run/best/config.json`. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
}

/** Which of the dropped files make a model. `chooseFiles` makes it, on the main thread, before a file is read. */
export type ChosenFiles =
  | {
      /** The files to read, by their paths: `passages.txt` among them where there is one. */
      readonly files: readonly ListedFile[];
      /** The folder that was chosen, `''` where there are none. */
      readonly folder: string;
      /** Other folders that hold a model, such as a run's `last` beside its `best`. */
      readonly others: readonly string[];
    }
  | { readonly problem: ComputeProblem };
