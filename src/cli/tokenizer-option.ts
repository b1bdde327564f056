/** `--tokenizer`: a directory (a model's too), or the name of a tokenizer in the workspace. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Workspace } from '../data/index.ts';
import type { CommandOption } from './command.ts';

export const tokenizerOption: CommandOption = {
  flags: '--tokenizer <dir>',
  describe: 'option.tokenizer.dir',
  required: true,
};

export function tokenizerDirectory(value: string, workspaceDirectory: string): string {
  if (existsSync(join(value, 'tokenizer.json'))) return value;
  const workspace = new Workspace(workspaceDirectory);
  return workspace.list('tokenizers').includes(value) ? workspace.tokenizer(value) : value;
}
