/** The share of written lines, and of whole poems, that stand word for word in the training set. */
import { defineTask } from './task.ts';
import { type VerseConfig, verseConfig, verseLines, writePoems } from './verse.ts';

export const memorization = defineTask<VerseConfig>({
  name: 'memorization',
  version: 1,
  describe: 'Share of written lines (and poems) copied verbatim from the training set.',
  config: verseConfig,
  async run(context, config) {
    const trainingLines = new Set<string>();
    for await (const document of context.documents('train'))
      for (const line of verseLines(document.text)) trainingLines.add(line);
    const poems = await writePoems(context, config);
    let lines = 0;
    let copied = 0;
    const samples = poems.map((poem) => {
      const written = verseLines(poem.output!);
      const found = written.filter((line) => trainingLines.has(line)).length;
      lines += written.length;
      copied += found;
      return { ...poem, scores: { copied_lines: found, lines: written.length } };
    });
    const whole = samples.filter(
      (sample) => sample.scores.lines > 0 && sample.scores.copied_lines === sample.scores.lines,
    ).length;
    return {
      metrics: {
        copied_lines: lines > 0 ? copied / lines : 0,
        copied_poems: whole / samples.length,
        lines,
        poems: samples.length,
      },
      samples,
    };
  },
});
