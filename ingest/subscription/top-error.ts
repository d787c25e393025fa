import type { ErrorCode } from '../../errors/catalogue.js';
import { JuliuError, type ErrorParams } from '../../errors/juliu-error.js';

export interface TopErrorDetails {
  /** `all`: every other seller's call would fail alike. */
  readonly hits: 'call' | 'all';
  /** The platform's own sub-code, or empty. */
  readonly subCode?: string;
  /** For the platform's support. */
  readonly requestId?: string;
  /** When the platform takes calls again, epoch ms. */
  readonly retryAt?: number;
}

/** A call to TOP that is given up. Never carries a session key, the app secret, a whole nick or a cause. */
export class TopError extends JuliuError {
  readonly hits: 'call' | 'all';
  readonly subCode: string;
  readonly requestId: string;
  readonly retryAt: number | undefined;

  constructor(code: ErrorCode, params: ErrorParams, details: TopErrorDetails) {
    super(code, params);
    this.hits = details.hits;
    this.subCode = details.subCode ?? '';
    this.requestId = details.requestId ?? '';
    this.retryAt = details.retryAt;
  }

  /** The seller must authorise the application again before any call for them can succeed. */
  get reauthorise(): boolean {
    return this.code === 'TOP_SESSION_GONE' || this.code === 'TOP_SELLER_PERMISSION';
  }
}
