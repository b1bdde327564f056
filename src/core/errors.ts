/**
 * The one error type that users meet. Lower floors throw it; `cli/` prints it, `serve/` maps its code to HTTP.
 * May not know who shows it or in which language.
 */

/** Stable, greppable error codes; `serve/` maps them to HTTP status and OpenAI error types. */
export type ErrorCode =
  | 'bad-input' // a value given by the user is wrong (config, recipe, flag, request)
  | 'bad-file' // a file's content is malformed, corrupt or hostile
  | 'not-found' // a file, model, dataset or name does not exist
  | 'shape' // tensor shapes or dtypes do not fit
  | 'unsupported' // understood, but this build, device or model cannot do it
  | 'locked' // another process holds the workspace
  | 'io' // the operating system refused (full disk, permissions)
  | 'engine' // the compute engine failed
  | 'overloaded' // a bounded queue is full
  | 'cancelled' // stopped on request
  | 'internal'; // our own bug

export interface ErrorDetails {
  /** Where: a file with line, a config path such as `stages[2].pretrain.optimizer.lr`, an operator, a tensor name. */
  readonly place?: string;
  /** What to do about it, one sentence. */
  readonly hint?: string;
  /** Machine-readable values for `--json` and tests. */
  readonly values?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** An error with a code, a place, a hint; the message says what was found and what was expected. */
export class AthanorError extends Error {
  override readonly name = 'AthanorError';
  readonly code: ErrorCode;
  readonly place: string | undefined;
  readonly hint: string | undefined;
  readonly values: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.place = details.place;
    this.hint = details.hint;
    this.values = details.values ?? {};
  }
}

/** Asserts one of our own invariants; a failure is our bug, never the user's. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AthanorError('internal', `internal: ${message}`);
}

/** The error for an unknown name: did-you-mean first, then the whole list. */
export function unknownName(
  kind: string,
  name: string,
  known: readonly string[],
  details: ErrorDetails = {},
): AthanorError {
  const near = nearest(name, known);
  return new AthanorError('bad-input', `unknown ${kind} '${name}'`, {
    hint: `${near ? `Did you mean '${near}'? ` : ''}Known: ${[...known].sort().join(', ') || '(none)'}.`,
    values: { kind, name, known },
    ...details,
  });
}

/** The known name closest to `name` by edit distance, or undefined when nothing is near. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(previous[j]! + 1, row[j - 1]! + 1, substitution));
    }
    previous = row;
  }
  return previous[b.length]!;
}
