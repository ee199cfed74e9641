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
export { CELL_NAMES, type CellName, cellOf } from './cells/cells.js';
export { equationOf } from './cells/equationOf.js';
export { hasForgetBias } from './cells/hasForgetBias.js';
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
export type { BeamState } from './decoding/BeamState.js';
export type { BeamSearchOptions } from './decoding/beamOptions.js';
export { beamSearch } from './decoding/beamSearch.js';
export { beams } from './decoding/beams.js';
export type { DecodingOptions } from './decoding/DecodingOptions.js';
export {
  type GenerateManyOptions,
  generateMany,
  type IndexedToken,
  type PromptDecoder,
} from './decoding/generateMany.js';
export { greedy } from './decoding/greedy.js';
export type { Hypothesis } from './decoding/Hypothesis.js';
export type { DecodingContext, LogProbabilityProcessor } from './decoding/LogProbabilityProcessor.js';
export { type NBestOptions, nBest } from './decoding/nBest.js';
export { minP } from './decoding/processors/minP.js';
export { noRepeatNgram } from './decoding/processors/noRepeatNgram.js';
export { repetitionPenalty } from './decoding/processors/repetitionPenalty.js';
export { temperature } from './decoding/processors/temperature.js';
export { topK } from './decoding/processors/topK.js';
export { topP } from './decoding/processors/topP.js';
export type { Sentence } from './decoding/Sentence.js';
export { type SampleOptions, sample } from './decoding/sample.js';
export { type Score, type ScoreOptions, score } from './decoding/score.js';
export { type StochasticBeamOptions, stochasticBeams } from './decoding/stochasticBeams.js';
export type { Token } from './decoding/Token.js';
export type { TokenPredictor } from './decoding/TokenPredictor.js';
export { textOf } from './decoding/textOf.js';
export {
  AsynchronousOperatorError,
  BabblebrookError,
  type BabblebrookErrorOptions,
  BackendError,
  CellError,
  DirectoryInUseError,
  EncodingError,
  FileFormatError,
  FileWriteError,
  InspectionError,
  InvalidArgumentError,
  MissingPackageError,
  NonFiniteError,
  SourceChangedError,
  SourceError,
  SourceFormatError,
  type SourcePlace,
  WorkerError,
} from './errors.js';
export type { FileSystem } from './files/FileSystem.js';
export { lockDirectory } from './files/lockDirectory.js';
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
export { memoryLimit } from './memory.js';
export type { DropoutPlace } from './model/dropout.js';
export {
  type Gates,
  LanguageModel,
  type LanguageModelOptions,
  type LoadOptions,
  type SaveOptions,
} from './model/LanguageModel.js';
export type { ModelConfig, ModelOptions } from './model/ModelConfig.js';
export { checkModelSize, checkTrainingSize, type TrainingSize, trainingBytes } from './model/memory.js';
export type { TrainingFigures } from './model/modelCard.js';
export { hiddenSizeFor, parameterCount } from './model/parameterCount.js';
export { type BackendName, type BackendReport, backendReport, useBackend } from './model/preparedBackend.js';
export type { RecurrentState, StateNumbers } from './model/RecurrentState.js';
export type { StoredTensor } from './model/safetensors.js';
export { checkSavedSize } from './model/savedSize.js';
export { logToTensorBoard, type TensorBoardLog, type TensorBoardOptions } from './monitoring/logToTensorBoard.js';
export type { RunSettings } from './monitoring/tensorboard/hparamsValue.js';
export { appendEos } from './pipeline/appendEos.js';
export type { Batch, EpochBatch, PaddedBatch, SequenceGroup } from './pipeline/Batch.js';
export { type BucketOptions, bucketByLength } from './pipeline/bucketByLength.js';
export { type DuplicateOptions, type DuplicateStats, dropDuplicates } from './pipeline/dropDuplicates.js';
export { type EpochsOptions, epochs } from './pipeline/epochs.js';
export { type HoldOutOptions, holdOut, holdOutPlace } from './pipeline/holdOut.js';
export { type LengthLimitOptions, type LengthLimitStats, limitLength } from './pipeline/limitLength.js';
export { maskPadding } from './pipeline/maskPadding.js';
export type { TextSource } from './pipeline/openText.js';
export { type PipelineReport, PipelineStats } from './pipeline/PipelineStats.js';
export { padBatch } from './pipeline/padBatch.js';
export { Pipeline, pipeline } from './pipeline/pipeline.js';
export { type DocumentChunk, readDocuments } from './pipeline/readDocuments.js';
export { type JsonLinesOptions, readJsonLines } from './pipeline/readJsonLines.js';
export { readText } from './pipeline/readText.js';
export type { Source } from './pipeline/Source.js';
export { sequencesOf } from './pipeline/sequencesOf.js';
export { type ShuffleOptions, shuffle } from './pipeline/shuffle.js';
export { splitLines } from './pipeline/splitLines.js';
export { splitSentences } from './pipeline/splitSentences.js';
export { type SpooledText, type SpoolOptions, spool } from './pipeline/spool.js';
export { tokenize } from './pipeline/tokenize.js';
export { type Random, random } from './random.js';
export { type BatchingOptions, batchSentences } from './run/batchSentences.js';
export type { EpochMetrics } from './run/EpochMetrics.js';
export type { FitEnd, FitEnding, FitEvaluation, FitEvent, FitStep } from './run/FitEvent.js';
export type { FitOptions, FitUntil } from './run/FitOptions.js';
export { fit } from './run/fit.js';
export {
  DEFAULT_HOLD_OUT,
  type PiecesToLearn,
  type PreparedSize,
  type PreparedText,
  prepareText,
  type TextOptions,
} from './run/prepareText.js';
export { RunDirectory, type RunMode } from './run/RunDirectory.js';
export { readSentences, type SentenceReading } from './run/readSentences.js';
export type { ByteParts, ByteSource } from './sources/ByteSource.js';
export type { Format } from './sources/Format.js';
export { registerFormat } from './sources/formats.js';
export type { RecordOptions, RecordStats } from './sources/RecordOptions.js';
export type { SourceRecord } from './sources/SourceRecord.js';
export { CharacterTokenizer, type CharacterVocabularyOptions } from './text/CharacterTokenizer.js';
export { SentencePieceTokenizer } from './text/SentencePieceTokenizer.js';
export { type SentenceOptions, SentenceSplitter } from './text/SentenceSplitter.js';
export type { SentencePieceOptions, SentencePieceProgress } from './text/sentencepiece/training/options.js';
export {
  type Detokenizer,
  PAD_ID,
  type Sequence,
  type TokenIds,
  type Tokenizer,
  type TokenizerJSON,
} from './text/Tokenizer.js';
export { tokenizerFromJSON } from './text/tokenizerFromJSON.js';
export type { LineBreaks } from './text/WhiteSpaceFolder.js';
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
export type { LearningRate, Optimizer, Progress, Slots } from './training/Optimizer.js';
export { OPTIMIZERS, type OptimizerName } from './training/optimizers.js';
export { type PlateauOptions, type PlateauSchedule, plateau } from './training/plateau.js';
export { type RMSPropOptions, rmsProp } from './training/rmsProp.js';
export type { StepInspection } from './training/StepInspection.js';
export { type SGDOptions, sgd } from './training/sgd.js';
export { Trainer } from './training/Trainer.js';
export type { TrainingState } from './training/TrainingState.js';
export type { TrainingStep } from './training/TrainingStep.js';
export type { TrainOptions } from './training/TrainOptions.js';
export { train } from './training/train.js';
export { type WarmupCosineOptions, warmupCosine } from './training/warmupCosine.js';
