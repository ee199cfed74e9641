/** What is said of a mistake, in OpenAI's form. */
export interface ApiErrorBody {
  readonly message: string;
  readonly type: string;
  /** The field that it is about, where it is about one. */
  readonly param: string | null;
  readonly code: string | null;
}

/** What of an error is not its message. */
interface ApiErrorOptions {
  readonly param?: string | undefined;
  readonly code?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly cause?: unknown;
}

/** The types of errors that clients know, by status. */
const TYPES: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  429: 'rate_limit_error',
};

/** A request cannot be answered: what the client gets instead. */
export class ApiError extends Error {
  readonly status: number;
  readonly param: string | null;
  readonly code: string | null;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message: string, { param, code, headers = {}, cause }: ApiErrorOptions = {}) {
    super(message, cause === undefined ? {} : { cause });
    this.name = 'ApiError';
    this.status = status;
    this.param = param ?? null;
    this.code = code ?? null;
    this.headers = headers;
  }

  /** What the body of an answer holds. */
  get body(): { readonly error: ApiErrorBody } {
    const { status, message, param, code } = this;
    const type = TYPES[status] ?? (status >= 500 ? 'server_error' : 'invalid_request_error');
    return { error: { message, type, param, code } };
  }
}

/** The error for a field that cannot be used. */
export function badField(param: string, message: string): ApiError {
  return new ApiError(400, message, { param, code: 'invalid_value' });
}
