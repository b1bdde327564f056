/** How long to wait before asking again, and whether to. */
import { hashFraction } from '../hash-order.ts';
import { type Exchange, retryAfterMs } from './fetcher.ts';

export interface PauseRules {
  readonly backoff_seconds: number;
  readonly max_retry_after_seconds: number;
}

/**
 * Exponential, with jitter, no less than `Retry-After`.
 * @param attempts before this pause
 * @returns milliseconds, or undefined where the server wants too much patience
 */
export function pauseBefore(
  attempts: number,
  key: string,
  answer: Exchange | undefined,
  rules: PauseRules,
): number | undefined {
  const own = rules.backoff_seconds * 1000 * 2 ** attempts * (0.75 + 0.5 * hashFraction(attempts, key));
  const asked = answer ? (retryAfterMs(answer.headers, new Date()) ?? 0) : 0;
  return asked > rules.max_retry_after_seconds * 1000 ? undefined : Math.max(own, asked);
}

/** Statuses that may pass: too many requests, and errors of servers but for what they cannot do (501) or speak (505). */
export function isIll(status: number): boolean {
  return status === 429 || (status >= 500 && status !== 501 && status !== 505);
}
