/**
 * Gets the robots.txt of an origin as RFC 9309 §2.3 has it: five redirects, wherever they lead; 4xx means that everything
 * is allowed, 5xx, 429 and no answer that nothing is; 500 KiB are read. Answers are kept for a day.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { fieldNamed } from '../warc/fields.ts';
import { decodeBody } from '../warc/http.ts';
import type { Exchange, Fetcher, FetchFailure } from './fetcher.ts';
import { allowAll, disallowAll, maxRobotsBytes, parseRobots, type RobotsRules } from './robots.ts';

export interface RobotsAnswer {
  readonly rules: RobotsRules;
  /** Milliseconds of the crawl's clock when it was fetched. */
  readonly at: number;
  /** Why nothing is allowed, where no rules could be had. */
  readonly unreachable?: {
    readonly reason: 'robots-unreachable' | 'private-address' | 'cancelled';
    readonly detail: string;
  };
  /** It may help to ask again. */
  readonly again?: { readonly retryAfter: Exchange | undefined };
}

/** RFC 9309 §2.4: "SHOULD NOT use the cached version for more than 24 hours". */
export const robotsLifetimeMs = 24 * 3600 * 1000;
const maxRedirects = 5;

export interface RobotsRequest {
  /** `https://example.org` */
  readonly origin: string;
  readonly agent: string;
  readonly headers: readonly (readonly [string, string])[];
  /** Pause between redirects. */
  readonly delayMs: number;
  readonly now: () => number;
}

export async function fetchRobots(fetcher: Fetcher, request: RobotsRequest): Promise<RobotsAnswer> {
  let url = `${request.origin}/robots.txt`;
  for (let hop = 0; ; hop++) {
    const got = await fetcher.fetch({ url, headers: request.headers, maxBodyBytes: maxRobotsBytes });
    const at = request.now();
    if ('fault' in got) return { rules: disallowAll, at, ...faulty(got) };
    const { status } = got;
    if (status >= 300 && status < 400) {
      const next = redirectTarget(got);
      // More than five redirects, or none that can be followed: as if it were not there.
      if (next === undefined || hop >= maxRedirects) return { rules: allowAll, at };
      url = next;
      await sleep(request.delayMs);
    } else if (status === 429 || status >= 500) {
      return {
        rules: disallowAll,
        at,
        unreachable: { reason: 'robots-unreachable', detail: `robots.txt: status ${status}` },
        again: { retryAfter: got },
      };
    } else if (status >= 400) return { rules: allowAll, at };
    else return { at, ...(await parse(got, request.agent)) };
  }
}

function faulty({ fault, detail }: FetchFailure): Pick<RobotsAnswer, 'unreachable' | 'again'> {
  if (fault === 'private-address' || fault === 'cancelled') return { unreachable: { reason: fault, detail } };
  return {
    unreachable: { reason: 'robots-unreachable', detail: `robots.txt: ${fault}: ${detail}` },
    again: { retryAfter: undefined },
  };
}

async function parse(got: Exchange, agent: string): Promise<Pick<RobotsAnswer, 'rules' | 'unreachable' | 'again'>> {
  // A file that was cut off by time or a lost connection may lack the rules that count.
  if (got.truncated === 'time' || got.truncated === 'disconnect') {
    return {
      rules: disallowAll,
      unreachable: { reason: 'robots-unreachable', detail: `robots.txt: cut off (${got.truncated})` },
      again: { retryAfter: undefined },
    };
  }
  try {
    const coding = fieldNamed(got.headers, 'content-encoding');
    const body = await decodeBody(got.body, coding ? [['Content-Encoding', coding]] : [], 8 << 20);
    return { rules: parseRobots(body, agent) };
  } catch (error) {
    return {
      rules: disallowAll,
      unreachable: { reason: 'robots-unreachable', detail: `robots.txt: ${(error as Error).message}` },
    };
  }
}

/** Where an answer redirects to, absolute. */
export function redirectTarget(exchange: Exchange): string | undefined {
  const location = fieldNamed(exchange.headers, 'location');
  if (location === undefined || exchange.status < 300 || exchange.status >= 400) return undefined;
  try {
    return new URL(location, exchange.url).href;
  } catch {
    return undefined;
  }
}
