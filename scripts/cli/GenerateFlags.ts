/** The decoders by the names that users give. */
export const DECODERS = ['greedy', 'sample', 'beam', 'stochastic'] as const;

/** The flags of `npm run generate`, as commander gives them. */
export interface GenerateFlags {
  readonly run: string;
  readonly decoder: (typeof DECODERS)[number];
  readonly prompt: string;
  readonly count: number;
  readonly maxLength: number;
  readonly minLength?: number;
  readonly stop?: string[];
  readonly repetitionPenalty?: number;
  readonly blockNgram?: number;
  readonly temperature?: number;
  readonly topK?: number;
  readonly topP?: number;
  readonly minP?: number;
  readonly seed?: number;
  readonly beams?: number;
  readonly lengthPenalty?: number;
  readonly showBeams: boolean;
  readonly json: boolean;
}
