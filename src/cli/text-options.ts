/** Flags that the commands which write text share. */
import type { SamplingInput } from '../infer/index.ts';
import type { OpenModel } from '../recipe/index.ts';
import type { CommandContext, CommandOption, OptionValues } from './command.ts';

export const modelOption: CommandOption = { flags: '--model <dir>', describe: 'option.model', required: true };

export const samplingOptions: readonly CommandOption[] = [
  { flags: '--temperature <x>', describe: 'option.temperature', kind: 'number' },
  { flags: '--top-k <n>', describe: 'option.top-k', kind: 'integer' },
  { flags: '--top-p <x>', describe: 'option.top-p', kind: 'number' },
  { flags: '--repetition-penalty <x>', describe: 'option.repetition-penalty', kind: 'number' },
  { flags: '--stop <text>', describe: 'option.stop', kind: 'list', default: [] },
];

/** The sampling parameters that were given; the rest is the model's own or the default. */
export function samplingOf(options: OptionValues, seed: number | undefined): SamplingInput {
  const named = {
    temperature: options.temperature,
    top_k: options['top-k'],
    top_p: options['top-p'],
    repetition_penalty: options['repetition-penalty'],
    seed,
  };
  return Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined));
}

/** Opens `--model` on the device and threads of the global flags. */
export async function openModelOption(
  { globals }: CommandContext,
  options: OptionValues,
  slots: number,
): Promise<OpenModel> {
  const { modelDirectory, openTextModel } = await import('../recipe/index.ts');
  const directory = modelDirectory(options.model as string, globals.workspace);
  return openTextModel(directory, { device: globals.device, threads: globals.threads, slots });
}
