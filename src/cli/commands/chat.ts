/** `athanor chat --model DIR`: a conversation on the terminal; one answer to standard input where that is no terminal. */
import { createInterface } from 'node:readline/promises';
import { type ChatMessage, startText } from '../../infer/index.ts';
import type { OpenModel } from '../../recipe/index.ts';
import { type CommandContext, defineCommand, type OptionValues } from '../command.ts';
import { modelOption, openModelOption, samplingOf, samplingOptions } from '../text-options.ts';

export const chat = defineCommand({
  name: 'chat',
  options: [
    modelOption,
    { flags: '--system <text>', describe: 'option.system' },
    { flags: '--max-tokens <n>', describe: 'option.max-tokens', kind: 'integer', default: 512 },
    ...samplingOptions,
  ],
  async run(context, _args, options) {
    const model = await openModelOption(context, options, 1);
    try {
      const messages: ChatMessage[] = [];
      const system = options.system as string | undefined;
      const reset = () => messages.splice(0, messages.length, ...(system ? [{ role: 'system', content: system }] : []));
      reset();
      const lines = createInterface({ input: process.stdin, output: process.stderr, prompt: '› ' });
      const stop = () => lines.close();
      context.signal.addEventListener('abort', stop);
      context.note(context.t('chat.welcome', { model: model.name }));
      lines.prompt();
      for await (const line of lines) {
        const text = line.trim();
        if (text === '/exit') break;
        if (text === '/reset') {
          reset();
          context.note(context.t('chat.reset'));
        } else if (text !== '') {
          messages.push({ role: 'user', content: text });
          messages.push({ role: 'assistant', content: await answer(context, model, messages, options) });
        }
        lines.prompt();
      }
      context.signal.removeEventListener('abort', stop);
      lines.close();
      return { model: model.directory, messages };
    } finally {
      await model.dispose();
    }
  },
});

/** Streams one answer to stdout. */
async function answer(
  { globals, signal }: CommandContext,
  model: OpenModel,
  messages: readonly ChatMessage[],
  options: OptionValues,
): Promise<string> {
  const generation = startText(model.text, {
    prompt: messages,
    maxTokens: options['max-tokens'] as number,
    sampling: samplingOf(options, globals.seed),
    stop: options.stop as string[],
    signal,
  });
  let text = '';
  for await (const piece of generation) {
    text += piece.text;
    if (!globals.json) process.stdout.write(piece.text);
  }
  if (!globals.json) process.stdout.write('\n');
  return text;
}
