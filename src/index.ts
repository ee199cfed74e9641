export { type BlockOptions, block } from './cells/block.js';
export {
  type Cell,
  type CellDefinition,
  type CellSizes,
  cell,
  type GivenSizes,
  type InitialValue,
  type StepGiven,
  type StepResult,
  type TorchLayout,
  type Weight,
  type WeightOfCell,
  type WeightShape,
} from './cells/cell.js';
export { cellOfRecord } from './cells/cellOfRecord.js';
export { type CellName, cellOf } from './cells/cells.js';
export { equationOf } from './cells/equationOf.js';
export { hasForgetBias } from './cells/hasForgetBias.js';
export { hasRecurrentWeights } from './cells/hasRecurrentWeights.js';
export {
  coupledLstm,
  gru,
  gruResetAfter,
  indRnn,
  layerNormLstm,
  lstm,
  mgu,
  minGru,
  minLstm,
  multiplicativeIntegrationLstm,
  peepholeLstm,
  rnn,
  slstm,
  sru,
  ugrnn,
} from './cells/index.js';
export type { CellRecord, LayerRecord } from './cells/recordCell.js';
export { residual } from './cells/residual.js';
export type { Zoneout } from './cells/zoneout.js';
export { averageOf } from './decoding/averageOf.js';
export { mixtureOf } from './decoding/mixtureOf.js';
export * from './decoding.js';
export {
  BackendError,
  CellError,
  DirectoryInUseError,
  InspectionError,
  MissingPackageError,
  NonFiniteError,
  WorkerError,
} from './errors.js';
export type { Attributes, Dependence, Expression, Operand } from './graph/Expression.js';
export type { ExpressionGraph } from './graph/ExpressionGraph.js';
export {
  exp,
  join,
  layerNorm,
  logSigmoid,
  maximum,
  minimum,
  negate,
  oneMinus,
  relu,
  rmsNorm,
  rowMean,
  rowSum,
  sigmoid,
  softplus,
  squareRoot,
  tanh,
} from './graph/functions.js';
export type { GraphData, NodeData } from './graph/GraphData.js';
export type { OperationName } from './graph/operationNames.js';
export type { NotationName } from './graph/print/Notation.js';
export type { PrintedCell } from './graph/print/printCell.js';
export type { Shape, Size } from './graph/Shape.js';
export type { Expressions, TracedCell } from './graph/TracedCell.js';
export * from './inference.js';
export { memoryLimit } from './memory.js';
export { type Dropout, dropoutPlaces } from './model/Dropout.js';
export type { DropoutPlace } from './model/dropoutMask.js';
export { extendVocabulary } from './model/extendVocabulary.js';
export type { Precision } from './model/inPrecision.js';
export {
  type Gates,
  type GatesOptions,
  LanguageModel,
  type LanguageModelOptions,
  type LoadOptions,
  type LossAndStateOptions,
  type SaveOptions,
} from './model/LanguageModel.js';
export type { ModelConfig, ModelOptions } from './model/ModelConfig.js';
export { checkModelSize, checkTrainingSize, type TrainingSize, trainingBytes } from './model/memory.js';
export type { TrainingMetrics } from './model/modelCard.js';
export type { GradientPrecision } from './model/network/gradientProduct.js';
export type { Objective, PastDecode } from './model/network/Objective.js';
export { hiddenSizeFor, parameterCount } from './model/parameterCount.js';
export { type BackendName, type BackendReport, backendReport, useBackend } from './model/preparedBackend.js';
export type { RecurrentState, StateNumbers } from './model/RecurrentState.js';
export type { StoredTensor } from './model/safetensors.js';
export { checkSavedSize } from './model/savedSize.js';
export { tuneBackend } from './model/tuneBackend.js';
export { logToTensorBoard, type TensorBoardLog, type TensorBoardOptions } from './monitoring/logToTensorBoard.js';
export type { RunSettings } from './monitoring/tensorboard/hparamsValue.js';
export { BACKEND_NAMES, CELL_NAMES, GRADIENT_PRECISIONS, OPTIMIZER_NAMES, PRECISION_NAMES } from './names.js';
export { type NgramModel, type NgramOptions, type NgramState, ngramModel } from './ngrams/ngramModel.js';
export * from './pipeline.js';
export type { EpochMetrics } from './run/EpochMetrics.js';
export type { FitEnd, FitEnding, FitEvaluation, FitEvent, FitStep, FitTemperature } from './run/FitEvent.js';
export type { FitOptions, FitUntil } from './run/FitOptions.js';
export { fit } from './run/fit.js';
export type { Rounds, RoundsModel, RoundsPlace } from './run/Rounds.js';
export { RunDirectory, type RunMode } from './run/RunDirectory.js';
export * from './text.js';
export { type AdamOptions, type AdamWOptions, adam, adamW } from './training/adam.js';
export { bestCheckpoint } from './training/checkpoints/bestCheckpoint.js';
export type { Checkpoint, Json } from './training/checkpoints/Checkpoint.js';
export { type FoundCheckpoint, latestCheckpoint } from './training/checkpoints/latestCheckpoint.js';
export {
  type CheckpointOptions,
  type CheckpointSaver,
  saveCheckpoints,
} from './training/checkpoints/saveCheckpoints.js';
export { type EpochSummary, type EpochSums, EpochTotals } from './training/EpochTotals.js';
export { type Evaluation, evaluate } from './training/evaluate.js';
export { fitTemperature } from './training/fitTemperature.js';
export { fitWeights } from './training/fitWeights.js';
export type { LearningRate, Optimizer, Progress, Slots } from './training/Optimizer.js';
export { OPTIMIZERS, type OptimizerName } from './training/optimizers.js';
export { defaultWorkers } from './training/parallel/defaultWorkers.js';
export { type PlateauOptions, type PlateauSchedule, plateau } from './training/plateau.js';
export type { Predictor } from './training/predictedLoss.js';
export type { CarriedState } from './training/RowStates.js';
export { type RMSPropOptions, rmsProp } from './training/rmsProp.js';
export type { StepInspection } from './training/StepInspection.js';
export { type SGDOptions, sgd } from './training/sgd.js';
export { Trainer } from './training/Trainer.js';
export type { TrainingState } from './training/TrainingState.js';
export type { TrainingStep } from './training/TrainingStep.js';
export type { TrainOptions } from './training/TrainOptions.js';
export { train } from './training/train.js';
export { type WarmupCosineOptions, warmupCosine } from './training/warmupCosine.js';
