/** Progress as data: long work emits events; `cli/` draws them, `--json` logs them, tests read them. */

export type ProgressEvent =
  /** A stage of a recipe, or a part of one, begins or ends. */
  | {
      readonly type: 'stage';
      readonly stage: string;
      readonly status: 'start' | 'done' | 'cached' | 'failed';
      readonly detail?: string;
    }
  /** Work inside a stage; `total` is absent where it is not known. */
  | {
      readonly type: 'progress';
      readonly stage: string;
      readonly done: number;
      readonly total?: number;
      readonly unit: string;
      readonly metrics?: Readonly<Record<string, number>>;
      readonly etaSeconds?: number;
    }
  /** A message for the user; `key` is looked up in the message tables by `cli/`. */
  | { readonly type: 'message'; readonly level: 'info' | 'warn'; readonly text: string; readonly stage?: string }
  /** Text that a model wrote. */
  | { readonly type: 'sample'; readonly stage: string; readonly prompt: string; readonly text: string };

/** Takes progress events; must not throw. */
export type Reporter = (event: ProgressEvent) => void;

/** A reporter that drops everything. */
export const silent: Reporter = () => {};
