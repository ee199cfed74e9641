export type { CompareOptions } from './lab/comparison/CompareOptions.js';
export {
  type Budget,
  COMPARISON_FORMAT,
  type ComparedCell,
  type Comparison,
  type ComparisonRun,
  type ComparisonSettings,
  type ComparisonText,
  type Continuation,
  type FlowCurve,
  type FlowSnapshot,
  type GateHistogram,
  type GateSnapshot,
  type LongerRuns,
  type StepColumns,
  type TextSize,
  type TrainingMeasurements,
  type Trial,
  type ValidationPoint,
} from './lab/comparison/Comparison.js';
export { compareCells } from './lab/comparison/compareCells.js';
export { continuations } from './lab/comparison/continuations.js';
export { flowSnapshot } from './lab/comparison/flowSnapshot.js';
export { gateHistograms } from './lab/comparison/gateHistograms.js';
export { type MeasureOptions, measureTraining } from './lab/comparison/measureTraining.js';
export { parseComparison } from './lab/comparison/parseComparison.js';
export type { FlowBlock, StateFlow } from './lab/flow/FlowMeans.js';
export type { NormEstimate } from './lab/flow/RootMeanSquare.js';
export type { RecurrentPower } from './lab/flow/recurrentPowers.js';
export { type GradientFlow, type GradientFlowOptions, gradientFlow } from './lab/gradientFlow.js';
export { type ComparisonReport, comparisonReport } from './lab/report/comparisonReport.js';
export { checkReportPackages } from './lab/report/loadVega.js';
export {
  type CellSummary,
  type ComparisonSummary,
  summarizeComparison,
} from './lab/report/summarizeComparison.js';
export type { Spread } from './lab/statistics.js';
export { drawSettings, type Range, type SearchSpace, type Settings } from './lab/tuning/searchSpace.js';
export {
  bestTrial,
  type HalvingOptions,
  rungsOf,
  type SearchTrial,
  successiveHalving,
} from './lab/tuning/successiveHalving.js';
export { type BackendName, type BackendReport, backendReport, useBackend } from './model/preparedBackend.js';
