/** Ends a request with a status and an OAuth code. */
export class Refusal extends Error {
  readonly status: 400 | 401 | 403;
  readonly code: string;

  constructor(status: 400 | 401 | 403, code: string, options?: ErrorOptions) {
    super(code, options);
    this.status = status;
    this.code = code;
  }
}
