/** What every route needs; made once per server by `app.ts`. */
import type { Reporter } from '../core/index.ts';
import type { TextModel } from '../infer/index.ts';
import type { Metrics } from './metrics.ts';

export interface ServerLimits {
  /** Bytes of a request's body. */
  readonly bodyBytes: number;
  /** Most tokens that one request may ask for. */
  readonly maxTokens: number;
}

export interface ServeContext {
  readonly model: TextModel;
  readonly modelName: string;
  /** Unix seconds, for /v1/models. */
  readonly created: number;
  readonly limits: ServerLimits;
  readonly metrics: Metrics;
  readonly report: Reporter;
  /** Work under way, so that a shutdown can wait for it and then cancel it. */
  readonly active: Set<AbortController>;
  draining: boolean;
}
