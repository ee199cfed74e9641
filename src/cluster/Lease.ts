/** What became of a piece when its worker was through with it. */
export interface Lease<T> {
  /** The work: a piece. */
  readonly value: T;
  /** Which delivery of it this is, from 1. */
  readonly delivery: number;
  /**
   * Says that the work is done, once its results are kept; resolves to whether the server has heard it. Where it has not, the piece comes
   * again, and the ledger tells that it is done.
   */
  done(): Promise<boolean>;
  /** Gives the piece back: it comes again, here or elsewhere, `delay` milliseconds later. Default 0. */
  retry(delay?: number): void;
  /** Sets the piece aside, with why: nobody gets it again. */
  reject(error: unknown): Promise<void>;
  /** Says that the piece failed here: it comes again, or, where it failed too often, is set aside. Resolves to which. */
  failed(error: unknown): Promise<'retried' | 'rejected'>;
}
