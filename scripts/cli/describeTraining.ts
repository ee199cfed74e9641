import {
  backendReport,
  equationOf,
  type FitTemperature,
  type FoundCheckpoint,
  type LanguageModel,
  type PipelineReport,
} from '../../src/index.js';
import type { TextSize } from './trainingText.js';

/** `lstm with 367,588 weights, tensorflow backend, run in runs/lstm`, what the cell computes, how much text there is, and of what tokens. */
export function describeTraining(
  path: string,
  size: { train: TextSize; valid: TextSize },
  { cell, weights, config, tokenizer }: LanguageModel,
): string {
  const of = ({ sentences, tokens }: TextSize): string =>
    [...(sentences === undefined ? [] : [`${grouped(sentences)} sentences`]), `${grouped(tokens)} tokens`].join(', ');
  const numbers = Object.values(weights).reduce((sum, weight) => sum + weight.size, 0);
  const { embeddingSize: input, hiddenSize: hidden, bias } = config;
  const { equation } = equationOf(cell, 'unicode', { input, hidden, bias });
  const aToken = size.train.characters / size.train.tokens;
  return [
    `${config.cell} with ${grouped(numbers)} weights, ${backendReport().backend} backend, run in ${path}`,
    equation.replaceAll(/^/gm, '  '),
    `train on ${of(size.train)}; validate on ${of(size.valid)}`,
    `a vocabulary of ${grouped(tokenizer.vocabularySize)} tokens, of ${aToken.toFixed(2)} characters in the mean`,
  ].join('\n');
}

/** `an epoch: 330 batches | padding 1.9 % | 12 of 18,234 sentences split at 1,000 tokens | read at 1,500,000 tokens/s`. */
export function describeEpoch(
  { badRecords, batches, padding, split, sentences, tokensPerSecond }: PipelineReport,
  maxLength: number,
): string {
  return [
    `an epoch: ${grouped(batches)} batches`,
    `padding ${(100 * padding).toFixed(1)} %`,
    `${grouped(split)} of ${grouped(sentences)} sentences split at ${grouped(maxLength)} tokens`,
    `read at ${grouped(tokensPerSecond)} tokens/s`,
    ...(badRecords > 0 ? [`${grouped(badRecords)} bad records left out`] : []),
  ].join(' | ');
}

/** `an epoch: 158 batches of up to 6,400 tokens, the state carried from each to the next`. */
export function describeContinuousEpoch(batches: number, tokens: number, badRecords = 0): string {
  const left = badRecords > 0 ? ` | ${grouped(badRecords)} bad records left out` : '';
  return `an epoch: ${grouped(batches)} batches of up to ${grouped(tokens)} tokens, the state carried from each to the next${left}`;
}

/** Where a run goes on, and which checkpoints were damaged. */
export function describeResumption(found: FoundCheckpoint | undefined): string {
  if (!found) return 'no checkpoint yet: the run begins';
  const { resumeAt, steps } = found.checkpoint.state;
  return [
    ...found.damaged.map(({ message }) => message),
    `go on after ${steps} steps, in epoch ${resumeAt.epoch + 1}, from ${found.path}`,
  ].join('\n');
}

/** `softmax temperature of the best model: 1.043 | valid 2.952 nats/token | 1.518 bits/char | 1.052 nats/char`. */
export function describeTemperature({ temperature, evaluation }: FitTemperature): string {
  return [
    `softmax temperature of the best model: ${temperature.toFixed(3)}`,
    ...describeLoss(evaluation.natsPerToken, evaluation.bitsPerCharacter),
  ].join(' | ');
}

/** `valid 2.952 nats/token`, `1.518 bits/char` and `1.052 nats/char`: the first alone says nothing where tokens are others. */
export function describeLoss(natsPerToken: number, bitsPerCharacter: number): string[] {
  return [
    `valid ${natsPerToken.toFixed(3)} nats/token`,
    `${bitsPerCharacter.toFixed(3)} bits/char`,
    `${(bitsPerCharacter * Math.LN2).toFixed(3)} nats/char`,
  ];
}

function grouped(number: number): string {
  return Math.round(number).toLocaleString('en');
}
