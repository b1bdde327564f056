/** `athanor generate --model DIR --prompt T`: continues prompts; several prompts run together. */
import { AthanorError } from '../../core/index.ts';
import { defineCommand } from '../command.ts';
import { modelOption, openModelOption, samplingOf, samplingOptions } from '../text-options.ts';

export const generate = defineCommand({
  name: 'generate',
  options: [
    modelOption,
    { flags: '--prompt <text>', describe: 'option.prompt', kind: 'list' },
    { flags: '--max-tokens <n>', describe: 'option.max-tokens', kind: 'integer', default: 128 },
    ...samplingOptions,
  ],
  async run(context, _args, options) {
    const prompts = options.prompt as string[] | undefined;
    if (prompts === undefined)
      throw new AthanorError('bad-input', '--prompt: expected at least one prompt', {
        hint: 'An empty one (--prompt "") writes from nothing.',
      });
    const { startText } = await import('../../infer/index.ts');
    const { globals, signal } = context;
    const model = await openModelOption(context, options, prompts.length);
    try {
      const running = prompts.map((prompt) =>
        startText(model.text, {
          prompt,
          maxTokens: options['max-tokens'] as number,
          sampling: samplingOf(options, globals.seed),
          stop: options.stop as string[],
          signal,
        }),
      );
      const results = [];
      for (const [i, generation] of running.entries()) {
        let text = '';
        // One prompt streams; of several, the first one streams while the others run beside it.
        if (!globals.json) process.stdout.write(prompts[i]!);
        for await (const piece of generation) {
          text += piece.text;
          if (!globals.json) process.stdout.write(piece.text);
        }
        if (!globals.json) process.stdout.write('\n');
        const { promptTokens, completionTokens } = generation.usage;
        results.push({
          prompt: prompts[i]!,
          text,
          finish_reason: generation.finishReason,
          prompt_tokens: promptTokens,
          completion_tokens: completionTokens,
        });
      }
      return { model: model.directory, results };
    } finally {
      await model.dispose();
    }
  },
});
