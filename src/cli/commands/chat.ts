/** `athanor chat --model DIR`: a conversation on the terminal; one answer to standard input where that is no terminal. */
import { createInterface } from 'node:readline/promises';
import type { ChatMessage } from '../../infer/index.ts';
import type { OpenModel } from '../../recipe/index.ts';
import { type CommandContext, defineCommand, type OptionValues } from '../command.ts';
import { startFitting } from '../conversation.ts';
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
      let answering: AbortController | undefined;
      const stop = () => {
        answering?.abort();
        lines.close();
      };
      context.signal.addEventListener('abort', stop);
      // On a terminal Ctrl-C comes here and not as a signal: it stops the answer, or leaves where there is none.
      lines.on('SIGINT', () => (answering ? answering.abort() : stop()));
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
          answering = new AbortController();
          const content = await answer(context, model, messages, options, answering.signal);
          answering = undefined;
          if (content === undefined) messages.pop();
          else messages.push({ role: 'assistant', content });
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

/** Streams one answer to stdout. @returns undefined for a message that is too long by itself */
async function answer(
  context: CommandContext,
  model: OpenModel,
  messages: ChatMessage[],
  options: OptionValues,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { startText } = await import('../../infer/index.ts');
  const { json, seed } = context.globals;
  const { generation, forgot } = startFitting(messages, () =>
    startText(model.text, {
      prompt: messages,
      maxTokens: options['max-tokens'] as number,
      sampling: samplingOf(options, seed),
      stop: options.stop as string[],
      signal,
    }),
  );
  if (generation === undefined) context.note(context.t('chat.too-long'));
  else if (forgot > 0) context.note(context.t('chat.shortened'));
  if (generation === undefined) return undefined;
  let text = '';
  for await (const piece of generation) {
    text += piece.text;
    if (!json) process.stdout.write(piece.text);
  }
  if (!json) process.stdout.write('\n');
  return text;
}
