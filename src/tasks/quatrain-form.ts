/** The share of written poems that are regular quatrains (绝句): four lines of equal length, 5 or 7 characters. */
import { defineTask } from './task.ts';
import { type VerseConfig, verseConfig, verseLines, writePoems } from './verse.ts';

export const quatrainForm = defineTask<VerseConfig>({
  name: 'quatrain-form',
  version: 1,
  describe:
    'Share of poems with four lines of equal length, 5 or 7 characters; and of those with the length that was asked for.',
  config: verseConfig,
  async run(context, config) {
    const poems = await writePoems(context, config);
    const samples = poems.map((poem) => {
      const lengths = verseLines(poem.output!).map((line) => [...line].length);
      const regular =
        lengths.length === 4 && lengths.every((n) => n === lengths[0]) && (lengths[0] === 5 || lengths[0] === 7);
      return { ...poem, scores: { regular, as_asked: regular && askedLength(poem.prompt) === lengths[0] } };
    });
    const share = (name: 'regular' | 'as_asked') =>
      samples.filter((sample) => sample.scores[name]).length / samples.length;
    return { metrics: { regular: share('regular'), as_asked: share('as_asked'), poems: samples.length }, samples };
  },
});

/** 5 or 7 when the prompt names 五言 or 七言. */
function askedLength(prompt: { messages: readonly { content: string }[] } | { text: string }): number | undefined {
  const text = 'messages' in prompt ? prompt.messages.map((message) => message.content).join('\n') : prompt.text;
  if (text.includes('五言')) return 5;
  return text.includes('七言') ? 7 : undefined;
}
