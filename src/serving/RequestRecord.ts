/** What is known of a request when it is over: no prompt, and no text. */
export interface RequestRecord {
  /** When it came, in milliseconds since 1970. */
  readonly time: number;
  /** Of HTTP. */
  readonly method: string;
  /** The path, if it is one of this server's; else `other`. */
  readonly route: string;
  /** What it was answered with. */
  readonly status: number;
  /** `done`; `refused` where the request could not be answered; `left` where the client went away; `failed` where the server failed. */
  readonly outcome: 'done' | 'refused' | 'left' | 'failed';
  /** Its name; `undefined` where none was found. */
  readonly model: string | undefined;
  /** Tokens that were read of prompts. */
  readonly promptTokens: number;
  /** Tokens that were generated. */
  readonly completionTokens: number;
  /** Until the first token, in milliseconds. */
  readonly firstToken: number | undefined;
  /** In all, in milliseconds. */
  readonly duration: number;
  /** What went wrong, where that is not the client's fault. */
  readonly error: unknown;
}
