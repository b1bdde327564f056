/** `--tokenizer`: a directory or file, the name of a tokenizer in the workspace, or of one in an installed package. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Workspace } from '../data/datasets.ts';
import { type LoadedTokenizer, loadTokenizer } from '../tokenizer/node.ts';
import type { CommandContext, CommandOption, OptionValues } from './command.ts';

export const tokenizerOption: CommandOption = {
  flags: '--tokenizer <path>',
  describe: 'option.tokenizer.dir',
  required: true,
};

/** How a tiktoken file cuts texts: it does not say. */
export const patternOption: CommandOption = { flags: '--pattern <pattern>', describe: 'option.tokenizer.cut' };

/** Where the tokenizer is: a path as it is, a name of the workspace as its directory; other names as they are. */
export function tokenizerDirectory(value: string, workspaceDirectory: string): string {
  if (existsSync(join(value, 'tokenizer.json'))) return value;
  const workspace = new Workspace(workspaceDirectory);
  return workspace.list('tokenizers').includes(value) ? workspace.tokenizer(value) : value;
}

/** The tokenizer that `--tokenizer` and `--pattern` name. */
export function openTokenizer(context: CommandContext, options: OptionValues): LoadedTokenizer {
  const path = tokenizerDirectory(options.tokenizer as string, context.globals.workspace);
  return loadTokenizer(path, { pattern: options.pattern as string | undefined });
}
