/** A piece that training learned. */
export interface LearnedPiece {
  readonly text: string;
  /** As in model files. */
  readonly score: number;
}
