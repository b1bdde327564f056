/** What a command is: its words, its flags, and a function from them to a result. `main.ts` wires it to commander. */

import type { Language, MessageKey, Translate } from './i18n/index.ts';
import type { ProgressView } from './progress.ts';

/** The flags that every command takes. */
export interface GlobalOptions {
  readonly json: boolean;
  readonly workspace: string;
  readonly device: 'cpu' | 'webgpu' | 'cuda' | 'auto';
  readonly threads: number | undefined;
  readonly seed: number | undefined;
  readonly lang: string | undefined;
  readonly quiet: boolean;
}

/** What a command works with: everything from outside comes through here. */
export interface CommandContext {
  readonly globals: GlobalOptions;
  readonly language: Language;
  readonly t: Translate;
  readonly progress: ProgressView;
  /** Aborted by Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal;
  /** A result, on stdout; dropped under --json, where `json` of the result says it. */
  print(line: string): void;
  /** Something to know, on stderr; dropped under --quiet. */
  note(line: string): void;
}

export interface CommandOption {
  /** As commander reads it: `--max-tokens <n>`. */
  readonly flags: string;
  readonly describe: MessageKey;
  /** `list`: the flag may stand several times; `commas`: so, and a value may name several. */
  readonly kind?: 'text' | 'number' | 'integer' | 'list' | 'commas';
  readonly default?: unknown;
  readonly required?: boolean;
}

/** What commander hands over: `values['max-tokens']` and so on, by the flag's own name. */
export type OptionValues = Readonly<Record<string, unknown>>;

export interface CommandDefinition {
  /** The file's name; `data-build` is the command `data build`. */
  readonly name: string;
  readonly arguments?: readonly { readonly name: string; readonly describe: MessageKey }[];
  readonly options?: readonly CommandOption[];
  /**
   * Parses, calls, prints. Heavy modules are loaded inside.
   * @returns the object that --json prints
   */
  run(
    context: CommandContext,
    args: readonly (string | undefined)[],
    options: OptionValues,
  ): Promise<Readonly<Record<string, unknown>>>;
}

/** Declares a command; adding the file registers it. */
export function defineCommand(definition: CommandDefinition): CommandDefinition {
  return definition;
}
