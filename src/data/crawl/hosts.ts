/**
 * The hosts of a crawl: what waits for each, when it may be asked again, and the order in which they come to their turn.
 * Time is passed in.
 */
import { OffsetQueue, type Waiting } from './frontier.ts';
import type { RobotsAnswer } from './robots-file.ts';

/** A URL that failed and is tried again. */
export interface Held {
  readonly entry: Waiting;
  /** Tries so far. */
  readonly attempts: number;
  /** Milliseconds of the crawl's clock. */
  readonly notBefore: number;
}

export class Host {
  readonly key: string;
  readonly queue = new OffsetQueue();
  readonly held: Held[] = [];
  /** Requests under way. */
  active = 0;
  /** Not before this time. */
  readyAt = 0;
  /** By scheme, since each has its own. */
  readonly robots = new Map<string, RobotsAnswer>();
  /** A request for robots.txt is under way: nothing else is asked meanwhile. */
  loadingRobots = false;
  /** Grows when the server says that we are too fast. */
  slowdown = 1;
  /** Requests in a row that got no answer at all. */
  failures = 0;
  /** Why nothing more is asked of this host. */
  given: { readonly reason: string; readonly detail: string } | undefined;
  /** It stands in the order of turns. */
  inLine = false;

  constructor(key: string) {
    this.key = key;
  }

  get waiting(): boolean {
    return this.queue.length > 0 || this.held.length > 0;
  }

  hold(held: Held): void {
    const at = this.held.findIndex(({ notBefore }) => notBefore > held.notBefore);
    this.held.splice(at < 0 ? this.held.length : at, 0, held);
  }

  /** When there is something to do: now where a URL waits, later where all are held. */
  wakeAt(): number {
    // So many failed pages mean that the server is ill: no more are begun until those were tried again.
    const first = this.held[0];
    if (first && (this.queue.length === 0 || this.held.length >= 50)) return Math.max(this.readyAt, first.notBefore);
    return this.readyAt;
  }
}

/** Every host that something waits or waited for. */
export class Hosts {
  private readonly byKey = new Map<string, Host>();

  /** A URL waits. @param offset in the frontier */
  wait(key: string, offset: number): Host {
    let host = this.byKey.get(key);
    if (!host) {
      host = new Host(key);
      this.byKey.set(key, host);
    }
    host.queue.push(offset);
    return host;
  }

  all(): Iterable<Host> {
    return this.byKey.values();
  }

  /** URLs. */
  get waiting(): number {
    let waiting = 0;
    for (const { queue, held } of this.byKey.values()) waiting += queue.length + held.length;
    return waiting;
  }
}

/** Hosts by when they may be asked; a binary heap. Ties: who came first. */
export class TurnOrder {
  private readonly items: { host: Host; at: number; order: number }[] = [];
  private counter = 0;

  get first(): { readonly host: Host; readonly at: number } | undefined {
    return this.items[0];
  }

  push(host: Host, at: number): void {
    host.inLine = true;
    const items = this.items;
    items.push({ host, at, order: this.counter++ });
    for (let i = items.length - 1; i > 0; ) {
      const parent = (i - 1) >> 1;
      if (!this.before(i, parent)) break;
      this.swap(i, parent);
      i = parent;
    }
  }

  pop(): Host | undefined {
    const items = this.items;
    const first = items[0];
    if (!first) return undefined;
    const last = items.pop()!;
    if (items.length > 0) {
      items[0] = last;
      for (let i = 0; ; ) {
        const [left, right] = [2 * i + 1, 2 * i + 2];
        let least = i;
        if (left < items.length && this.before(left, least)) least = left;
        if (right < items.length && this.before(right, least)) least = right;
        if (least === i) break;
        this.swap(i, least);
        i = least;
      }
    }
    first.host.inLine = false;
    return first.host;
  }

  private before(a: number, b: number): boolean {
    const [one, other] = [this.items[a]!, this.items[b]!];
    return one.at < other.at || (one.at === other.at && one.order < other.order);
  }

  private swap(a: number, b: number): void {
    [this.items[a], this.items[b]] = [this.items[b]!, this.items[a]!];
  }
}
