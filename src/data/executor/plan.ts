/**
 * How a list of steps is carried out: as phases. A phase goes over all documents once, on all cores, and writes them to
 * the disk; between two phases stands what needs all documents (a survey's decision), or a step that sees the stream.
 */
import type { StepConfig } from '../schema.ts';

/** A step of the list, by its place in it. */
export interface PlannedStep {
  readonly index: number;
  readonly use: string;
  readonly config: Readonly<Record<string, unknown>>;
}

export interface Phase {
  /** The survey whose verdicts are carried out first. */
  readonly head?: PlannedStep;
  /** The step that sees the stream, on one thread. Stands alone. */
  readonly stream?: PlannedStep;
  /** Steps that look at one document at a time. */
  readonly steps: readonly PlannedStep[];
  /** The survey that scans what comes out. */
  readonly tail?: PlannedStep;
  /** What comes out goes to the sides of the split. */
  readonly last: boolean;
}

export type StepShape = 'each' | 'survey' | 'run';

/** @param steps in order, the split last */
export function planPhases(
  steps: readonly Required<Pick<StepConfig, 'use'>>[],
  shapeOf: (use: string, config: Readonly<Record<string, unknown>>) => StepShape,
): Phase[] {
  const phases: Phase[] = [];
  let head: PlannedStep | undefined;
  let each: PlannedStep[] = [];
  const close = (tail?: PlannedStep): void => {
    phases.push({ ...(head ? { head } : {}), steps: each, ...(tail ? { tail } : {}), last: false });
    head = tail;
    each = [];
  };
  for (const [index, { use, ...config }] of steps.entries()) {
    const step: PlannedStep = { index, use: use!, config };
    const shape = shapeOf(step.use, config);
    if (shape === 'each') each.push(step);
    else if (shape === 'survey') close(step);
    else {
      close();
      phases.push({ stream: step, steps: [], last: false });
    }
  }
  close();
  return phases.map((phase, i) => (i === phases.length - 1 ? { ...phase, last: true } : phase));
}
