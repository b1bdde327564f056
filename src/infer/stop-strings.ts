/** Finds stop strings in streamed text, and holds back what may still become one: no part of a stop string gets out. */

export interface StopResult {
  /** Text that may go out now. */
  readonly text: string;
  /** True when a stop string was reached; the text ends before it. */
  readonly stopped: boolean;
}

export class StopStrings {
  private readonly stops: readonly string[];
  private held = '';

  /** @param stops empty strings are ignored */
  constructor(stops: readonly string[]) {
    this.stops = stops.filter((stop) => stop !== '');
  }

  push(text: string): StopResult {
    const all = this.held + text;
    // The first one to be complete wins, the longer of two that end together: so it does not matter how the text was cut.
    let found: { start: number; end: number } | undefined;
    for (const stop of this.stops) {
      const start = all.indexOf(stop);
      const end = start + stop.length;
      if (start >= 0 && (!found || end < found.end || (end === found.end && start < found.start)))
        found = { start, end };
    }
    if (found) {
      this.held = '';
      return { text: all.slice(0, found.start), stopped: true };
    }
    const keep = this.openSuffix(all);
    this.held = all.slice(all.length - keep);
    return { text: all.slice(0, all.length - keep), stopped: false };
  }

  /** The answer ended otherwise: what was held back was no stop string. */
  flush(): string {
    const text = this.held;
    this.held = '';
    return text;
  }

  /** Length of the longest end of `text` that begins a stop string. */
  private openSuffix(text: string): number {
    const longest = Math.max(0, ...this.stops.map((stop) => stop.length - 1));
    for (let length = Math.min(longest, text.length); length > 0; length--) {
      const suffix = text.slice(text.length - length);
      if (this.stops.some((stop) => stop.startsWith(suffix))) return length;
    }
    return 0;
  }
}
