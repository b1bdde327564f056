/**
 * Where annotations live: in the workspace, one folder a project, one append-only JSONL file of events an annotator.
 * Nothing is ever overwritten, so every state can be seen again and two annotators never write one file. An event is one
 * write of one line, flushed before it counts; a line that a crash left half-written is passed over. Ready for a
 * labelling page: it appends events and reads the view.
 */
import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { AthanorError } from '../../core/index.ts';
import { ioError, makeDirectory } from '../../core/node.ts';
import type { Workspace } from '../workspace.ts';
import { type Annotation, annotationProblems, annotationSchema } from './schema.ts';

const eventSchema = z.object({
  /** From 1, in the order of the annotator's file. */
  number: z.int().positive(),
  /** ISO 8601; given by the caller. */
  time: z.string(),
  document: z.string().min(1),
  /** `save`: work under way; `submit`: done; `skip`: cannot be annotated; `reopen`: a submitted one is open again. */
  action: z.enum(['save', 'submit', 'skip', 'reopen']),
  /** The whole annotation as it is from now on; none for `skip` and `reopen`. */
  annotation: annotationSchema.optional(),
  comment: z.string().optional(),
});

export type AnnotationEvent = z.output<typeof eventSchema>;
export type NewEvent = Omit<z.input<typeof eventSchema>, 'number'>;

/** What is known of one document from one annotator. */
export interface AnnotationState {
  readonly document: string;
  readonly annotator: string;
  readonly status: 'open' | 'submitted' | 'skipped';
  readonly annotation: Annotation | undefined;
  readonly time: string;
  readonly events: number;
  readonly comments: readonly string[];
}

const NAME = /^[\p{L}\p{N}][\p{L}\p{N}\p{M}._@-]{0,127}$/u;

export class AnnotationStore {
  readonly directory: string;
  /** How many events a file of such a size holds: a labelling page appends all day long. */
  private readonly counted = new Map<string, { readonly size: number; readonly events: number }>();

  constructor(workspace: Workspace, project: string) {
    this.directory = join(workspace.root, 'annotations', checkName('project', project));
  }

  /** Who has annotated, sorted. */
  annotators(): string[] {
    if (!existsSync(this.directory)) return [];
    return readdirSync(this.directory)
      .filter((file) => file.endsWith('.events.jsonl'))
      .map((file) => file.slice(0, -'.events.jsonl'.length))
      .sort();
  }

  /**
   * Appends an event.
   * @param text the document's text; the annotation must fit it
   * @returns the event with its number
   * @throws AthanorError('bad-input') when the annotation does not fit the text, 'io' when it cannot be written
   */
  append(annotator: string, event: NewEvent, text: string): AnnotationEvent {
    const path = this.fileOf(annotator);
    const number = this.countEvents(annotator) + 1;
    const parsed = eventSchema.safeParse({ ...event, number });
    const problems = parsed.success
      ? parsed.data.annotation === undefined
        ? []
        : annotationProblems(text, parsed.data.annotation)
      : parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    if (!parsed.success || problems.length > 0) {
      throw new AthanorError('bad-input', `annotation of '${event.document}': ${problems[0]}`, {
        place: path,
        values: { problems },
      });
    }
    try {
      makeDirectory(this.directory);
      const fd = openSync(path, 'a+');
      try {
        const bytes = Buffer.from(`${endsInLine(fd) ? '' : '\n'}${JSON.stringify(parsed.data)}\n`);
        if (writeSync(fd, bytes) !== bytes.length)
          throw new AthanorError('io', `${path}: only a part was written`, { place: path });
        fsyncSync(fd);
        this.counted.set(path, { size: fstatSync(fd).size, events: number });
      } finally {
        closeSync(fd);
      }
    } catch (error) {
      throw ioError(error, path, 'write');
    }
    return parsed.data;
  }

  private countEvents(annotator: string): number {
    const path = this.fileOf(annotator);
    const known = this.counted.get(path);
    const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    return known?.size === size ? known.events : this.events(annotator).length;
  }

  /** Every event of an annotator, in order. */
  events(annotator: string): AnnotationEvent[] {
    const path = this.fileOf(annotator);
    if (!existsSync(path)) return [];
    const events: AnnotationEvent[] = [];
    for (const line of readFileSync(path, 'utf8').split('\n')) {
      if (line === '') continue;
      const event = parseEvent(line);
      if (event) events.push(event);
    }
    return events;
  }

  /** The present state of every document that an annotator has touched, in order of first touch. */
  view(annotator: string): Map<string, AnnotationState> {
    const states = new Map<string, AnnotationState>();
    for (const { document, action, annotation, time, comment } of this.events(annotator)) {
      const before = states.get(document);
      states.set(document, {
        document,
        annotator,
        status: action === 'submit' ? 'submitted' : action === 'skip' ? 'skipped' : 'open',
        annotation: annotation ?? before?.annotation,
        time,
        events: (before?.events ?? 0) + 1,
        comments: [...(before?.comments ?? []), ...(comment === undefined ? [] : [comment])],
      });
    }
    return states;
  }

  private fileOf(annotator: string): string {
    return join(this.directory, `${checkName('annotator', annotator)}.events.jsonl`);
  }
}

function checkName(kind: string, name: string): string {
  if (NAME.test(name)) return name;
  throw new AthanorError('bad-input', `'${name}' cannot be the name of ${kind === 'annotator' ? 'an' : 'a'} ${kind}`, {
    hint: 'Use letters, digits, dots, dashes, underscores and @; begin with a letter or a digit.',
    values: { kind, name },
  });
}

function parseEvent(line: string): AnnotationEvent | undefined {
  try {
    return eventSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

function endsInLine(fd: number): boolean {
  const { size } = fstatSync(fd);
  if (size === 0) return true;
  const last = Buffer.alloc(1);
  readSync(fd, last, 0, 1, size - 1);
  return last[0] === 10;
}
