/** What the robots.txt of hosts say about URLs, and how many of them are remembered. */
import type { Host } from './hosts.ts';
import { robotsLifetimeMs } from './robots-file.ts';

/** Why a URL is not fetched; `ask-robots`: nobody knows yet. */
export type Refusal = { readonly reason: string; readonly detail?: string } | 'ask-robots' | undefined;

export function robotsRefusal(host: Host, url: string, maxDelaySeconds: number, now: number): Refusal {
  const robots = host.robots.get(schemeOf(url));
  if (!robots || now - robots.at > robotsLifetimeMs) return 'ask-robots';
  if (robots.unreachable) return robots.unreachable;
  const delay = robots.rules.crawlDelay ?? 0;
  if (delay > maxDelaySeconds) return { reason: 'crawl-delay-too-long', detail: `${delay} s > ${maxDelaySeconds} s` };
  return robots.rules.allows(url) ? undefined : { reason: 'robots-disallowed' };
}

/** Bounds the memory of all rules: those fetched first are dropped, and fetched again when they are needed. */
export class RulesKept {
  private readonly hosts = new Map<Host, number>();
  private readonly maxBytes: number;
  private total = 0;

  constructor(maxBytes = 64 << 20) {
    this.maxBytes = maxBytes;
  }

  /** The rules of a host are new, or others than before. */
  add(host: Host): void {
    let bytes = 0;
    for (const { rules } of host.robots.values()) bytes += rules.bytes;
    this.total += bytes - (this.hosts.get(host) ?? 0);
    this.hosts.delete(host);
    this.hosts.set(host, bytes);
    for (const [oldest, size] of this.hosts) {
      if (this.total <= this.maxBytes || oldest === host) break;
      oldest.robots.clear();
      this.hosts.delete(oldest);
      this.total -= size;
    }
  }
}

export function schemeOf(url: string): string {
  return url.slice(0, url.indexOf(':'));
}
