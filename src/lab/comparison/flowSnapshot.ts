import type { LanguageModel } from '../../model/LanguageModel.js';
import type { Batch } from '../../pipeline/Batch.js';
import { type GradientFlow, gradientFlow } from '../gradientFlow.js';
import type { FlowCurve, FlowSnapshot } from './Comparison.js';
import { significant } from './significant.js';

/**
 * How far a model's gradients reach back, up to 100 time steps, as curves for a record.
 * @throws {InvalidArgumentError} when the batch is not for this model, or has no tokens.
 * @throws {NonFiniteError} when a gradient is not finite.
 */
export async function flowSnapshot(
  model: LanguageModel,
  batch: Batch,
  when: FlowSnapshot['when'],
): Promise<FlowSnapshot> {
  const flow = await gradientFlow(model, batch);
  const blocks = (flow[0]?.blocks ?? []).map(({ of, by }, block) =>
    estimated(`${by}→${of}`, flow, (at) => at.blocks[block]),
  );
  const curves = [
    estimated('state', flow, ({ state }) => state),
    estimated('loss', flow, ({ loss }) => loss),
    // A state of one part is its only block.
    ...(blocks.length > 1 ? blocks : []),
    exact('powers', flow, ({ recurrentPowers: [first] }) => first && Math.sqrt(first.squaredNorm)),
    exact('eigenvalues', flow, ({ recurrentPowers: [first] }) => first && Math.sqrt(first.squaredEigenvalues)),
  ];
  return { when, curves: curves.filter(({ values }) => values.length > 0) };
}

function estimated(
  of: string,
  flow: readonly GradientFlow[],
  estimate: (at: GradientFlow) => { norm: number; standardError: number } | undefined,
): FlowCurve {
  const estimates = flow.map(estimate);
  return {
    of,
    values: estimates.map((at) => significant(at?.norm ?? NaN)),
    errors: estimates.map((at) => (Number.isFinite(at?.standardError) ? significant(at?.standardError ?? 0) : 0)),
  };
}

function exact(of: string, flow: readonly GradientFlow[], value: (at: GradientFlow) => number | undefined): FlowCurve {
  return { of, values: flow.flatMap((at) => value(at) ?? []).map(significant), errors: [] };
}
