import type { BackendName, OptimizerName, SentenceReading } from '../../../src/index.js';

/** The flags of a training that all its members share: those of whoever began it. */
export interface SharedFlags extends Pick<SentenceReading, 'sentencePerLine' | 'locale' | 'lineBreaks'> {
  readonly valid?: string;
  readonly holdOut: number;
  readonly tokenizer: string;
  readonly maxTokens: number;
  readonly maxLength: number;
  readonly cell: string;
  readonly hidden: number;
  readonly embedding: number;
  readonly layers: number;
  readonly dropout: number;
  readonly optimizer: OptimizerName;
  readonly learningRate: number;
  readonly clip: number;
  readonly epochs: number;
  readonly seed: number;
  readonly every: number;
  readonly outerRate: number;
  readonly outerMomentum: number;
}

/** The names of the flags that members share. */
export const SHARED_FLAGS = [
  ...['sentencePerLine', 'locale', 'lineBreaks', 'valid', 'holdOut', 'tokenizer', 'maxTokens', 'maxLength'],
  ...['cell', 'hidden', 'embedding', 'layers', 'dropout', 'optimizer', 'learningRate', 'clip', 'epochs', 'seed'],
  ...['every', 'outerRate', 'outerMomentum'],
] as const;

/** The flags of `cluster`, as commander gives them. */
export interface ClusterFlags extends SharedFlags, Pick<SentenceReading, 'field' | 'format' | 'onBad'> {
  readonly nats: string[];
  readonly name: string;
  readonly replicas: string;
  readonly patience: number;
  readonly creds?: string;
  readonly nkey?: string;
  readonly tlsCa?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly corpus: string[];
  readonly bytes?: number;
  readonly lease?: number;
  readonly out?: string;
  readonly overwrite: boolean;
  readonly workers?: number;
  readonly backend?: BackendName;
  readonly float16: boolean;
  readonly open: number;
}
