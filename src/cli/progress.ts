/**
 * Progress on the terminal: a live view where there is a TTY (stages, step, loss, tokens/s, time left), plain lines
 * elsewhere; the loss curve afterwards. `update` and `render` are pure; `ProgressView` is the thin shell around them.
 */
import type { createLogUpdate } from 'log-update';
import colors from 'picocolors';
import type { ProgressEvent, Reporter } from '../core/index.ts';
import { chart } from './chart.ts';
import type { Translate } from './i18n/index.ts';
import { padEnd, truncate } from './width.ts';

export interface StageView {
  readonly name: string;
  status: 'waiting' | 'running' | 'done' | 'cached' | 'failed';
  startedAt?: number;
  endedAt?: number;
  detail?: string;
  done?: number;
  total?: number;
  unit?: string;
  metrics: Record<string, number>;
  etaSeconds?: number;
  /** Loss by step, for the curve. */
  readonly train: { step: number; value: number }[];
  readonly validation: { step: number; value: number }[];
}

export const newStage = (name: string): StageView => ({
  name,
  status: 'waiting',
  metrics: {},
  train: [],
  validation: [],
});

/** Takes one event into the stages' state. */
export function update(stages: StageView[], event: ProgressEvent, now: number): void {
  if (event.type !== 'stage' && event.type !== 'progress') return;
  const stage = stages.find(({ name }) => name === event.stage) ?? newStage(event.stage);
  if (!stages.includes(stage)) stages.push(stage);
  if (event.type === 'stage') {
    stage.status = event.status === 'start' ? 'running' : event.status;
    if (event.status === 'start') stage.startedAt = now;
    else stage.endedAt = now;
    if (event.detail !== undefined) stage.detail = event.detail;
    return;
  }
  Object.assign(stage, { done: event.done, total: event.total, unit: event.unit, etaSeconds: event.etaSeconds });
  Object.assign(stage.metrics, event.metrics);
  const { loss, val_loss: validation } = event.metrics ?? {};
  if (loss !== undefined) stage.train.push({ step: event.done, value: loss });
  if (validation !== undefined) stage.validation.push({ step: event.done, value: validation });
}

/** `3 s`, `2 min 05 s`, `1 h 02 min`. */
export function duration(seconds: number): string {
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${String(s % 60).padStart(2, '0')} s`;
  return `${Math.floor(s / 3600)} h ${String(Math.floor((s % 3600) / 60)).padStart(2, '0')} min`;
}

/** The numbers of a stage in words: `step 120/400 · loss 3.214 · validation 3.301 · 2,900 tokens/s · 1 min 10 s left`. */
export function describe(stage: StageView, t: Translate): string {
  const parts: string[] = [];
  const count = (n: number) => n.toLocaleString('en-US');
  if (stage.done !== undefined) {
    const total = stage.total === undefined ? '' : `/${count(stage.total)}`;
    parts.push(`${unitName(stage.unit, t)} ${count(stage.done)}${total}`.trim());
  }
  const { loss, val_loss: validation, tokens_per_s: speed } = stage.metrics;
  if (loss !== undefined) parts.push(`${t('progress.loss')} ${loss.toFixed(3)}`);
  if (validation !== undefined) parts.push(`${t('progress.validation')} ${validation.toFixed(3)}`);
  if (speed !== undefined) parts.push(t('progress.tokens-per-second', { n: count(Math.round(speed)) }));
  if (stage.etaSeconds !== undefined && stage.status === 'running')
    parts.push(t('progress.left', { time: duration(stage.etaSeconds) }));
  return parts.join(' · ');
}

const units = ['steps', 'documents', 'tokens', 'answers', 'tasks'] as const;

/** The unit in the user's language; one that has no word of its own stays as it is. */
function unitName(unit: string | undefined, t: Translate): string {
  const known = units.find((name) => name === unit);
  return known === undefined ? (unit ?? '') : t(`unit.${known}`);
}

const spinner = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏';

/** The live view: one line a stage, and a bar under the running one. */
export function render(stages: readonly StageView[], t: Translate, now: number, width: number): string {
  const nameWidth = Math.min(24, Math.max(4, ...stages.map(({ name }) => [...name].length * 2)));
  const lines: string[] = [];
  for (const stage of stages) {
    const sign = {
      waiting: '·',
      running: spinner[Math.floor(now / 100) % spinner.length]!,
      done: '✓',
      cached: '=',
      failed: '✗',
    }[stage.status];
    const elapsed = stage.startedAt === undefined ? '' : duration(((stage.endedAt ?? now) - stage.startedAt) / 1000);
    const about = [t(`stage.${stage.status}`), elapsed, t.text(stage.detail ?? '')].filter(Boolean).join(' · ');
    const line = truncate(`${sign} ${padEnd(truncate(stage.name, nameWidth), nameWidth)}  ${about}`, width);
    lines.push(paint(stage.status, line));
    if (stage.status !== 'running' || stage.done === undefined) continue;
    if (stage.total !== undefined && stage.total > 0)
      lines.push(`  ${bar(stage.done / stage.total, Math.min(40, width - 4))}`);
    lines.push(truncate(`  ${describe(stage, t)}`, width));
  }
  return lines.join('\n');
}

function bar(share: number, width: number): string {
  const full = Math.round(Math.min(1, Math.max(0, share)) * width);
  return colors.cyan('━'.repeat(full)) + colors.dim('─'.repeat(width - full));
}

function paint(status: StageView['status'], line: string): string {
  if (status === 'done') return colors.green(line);
  if (status === 'failed') return colors.red(line);
  return status === 'running' ? colors.bold(line) : colors.dim(line);
}

/** The loss curve: training as a line (means, so that noise does not hide it), validation as points. */
export function lossCurve(stage: StageView, t: Translate, width: number): string | undefined {
  if (stage.train.length < 3) return undefined;
  const columns = Math.max(10, Math.min(72, width - 12));
  const last = stage.train.at(-1)!.step;
  const text = chart(
    means(stage.train, columns * 2),
    stage.validation.map(({ step, value }) => ({ x: step, y: value })),
    { width: columns, height: 11, paintLine: colors.cyan, paintPoint: colors.yellow },
  );
  return `${t('progress.curve', { stage: stage.name, steps: last.toLocaleString('en-US') })}\n${text}`;
}

/** At most `parts` points: the mean of each of as many equal parts of the points. */
function means(points: readonly { step: number; value: number }[], parts: number): { x: number; y: number }[] {
  const size = Math.ceil(points.length / parts);
  const found = [];
  for (let start = 0; start < points.length; start += size) {
    const part = points.slice(start, start + size).filter(({ value }) => Number.isFinite(value));
    const mean = part.reduce((sum, { value }) => sum + value, 0) / part.length;
    if (part.length > 0) found.push({ x: part.at(-1)!.step, y: mean });
  }
  return found;
}

type LogUpdate = ReturnType<typeof createLogUpdate>;

export interface ProgressOptions {
  readonly stream: NodeJS.WriteStream;
  readonly t: Translate;
  readonly quiet: boolean;
}

/** A view on a stream: a live one where the stream is a terminal with room for it. */
export async function openProgress(options: ProgressOptions): Promise<ProgressView> {
  const { stream, quiet } = options;
  // A terminal without rows (some pseudo-terminals) has no room for a picture.
  if (quiet || !stream.isTTY || !stream.rows || process.env.TERM === 'dumb') return new ProgressView(options);
  const { createLogUpdate } = await import('log-update');
  return new ProgressView(options, createLogUpdate(stream, { showCursor: true }));
}

/** Shows events on a stream (stderr: results alone go to stdout). */
export class ProgressView {
  readonly stages: StageView[] = [];
  readonly report: Reporter;
  private readonly stream: NodeJS.WriteStream;
  private readonly t: Translate;
  private readonly quiet: boolean;
  private readonly live: LogUpdate | undefined;
  private readonly timer: NodeJS.Timeout | undefined;
  private lastLine = 0;

  constructor({ stream, t, quiet }: ProgressOptions, live?: LogUpdate) {
    this.stream = stream;
    this.t = t;
    this.quiet = quiet;
    this.report = (event) => this.take(event);
    this.live = live;
    if (!live) return;
    this.timer = setInterval(() => this.draw(), 100);
    this.timer.unref();
  }

  /** Names the stages that will come, so that waiting ones are shown too. */
  plan(names: readonly string[]): void {
    for (const name of names) this.stages.push(newStage(name));
  }

  /** Ends the live view; the last picture stays. */
  close(): void {
    if (this.timer) clearInterval(this.timer);
    if (!this.live) return;
    this.draw();
    this.live.done();
  }

  /** The loss curves of what was trained. */
  curves(): string[] {
    const width = this.stream.columns ?? 80;
    return this.stages.flatMap((stage) => lossCurve(stage, this.t, width) ?? []);
  }

  private take(event: ProgressEvent): void {
    const now = Date.now();
    update(this.stages, event, now);
    if (this.quiet) return;
    const text = this.lineFor(event, now);
    if (text === undefined) return;
    if (this.live) {
      this.live.clear();
      this.stream.write(`${text}\n`);
      this.draw();
    } else this.stream.write(`${text}\n`);
  }

  /** What an event says as a line of its own; the live view shows stages and progress itself. */
  private lineFor(event: ProgressEvent, now: number): string | undefined {
    if (event.type === 'message') {
      const text = this.t.text(event.text);
      return event.level === 'warn' ? colors.yellow(text) : text;
    }
    if (event.type === 'sample')
      return `${colors.dim(`[${event.stage}]`)} ${event.prompt && `${event.prompt} ▸ `}${colors.cyan(event.text)}`;
    if (this.live) return undefined;
    const stage = this.stages.find(({ name }) => name === event.stage)!;
    if (event.type === 'stage') {
      const elapsed =
        stage.startedAt !== undefined && stage.endedAt !== undefined
          ? duration((stage.endedAt - stage.startedAt) / 1000)
          : '';
      return `[${stage.name}] ${[this.t(`stage.${stage.status}`), elapsed, this.t.text(event.detail ?? '')].filter(Boolean).join(' · ')}`;
    }
    // A log file wants a line now and then, and every validation loss.
    if (event.metrics?.val_loss === undefined && now - this.lastLine < 5000) return undefined;
    this.lastLine = now;
    return `[${stage.name}] ${describe(stage, this.t)}`;
  }

  private draw(): void {
    this.live?.(render(this.stages, this.t, Date.now(), this.stream.columns ?? 80));
  }
}
