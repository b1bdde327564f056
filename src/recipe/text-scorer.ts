/** What a data build scores texts with: a model directory, opened for `DocumentScorer`. Wiring only. */
import type { OpenTextScorer } from '../data/index.ts';
import { DocumentScorer } from '../eval/index.ts';
import { type OpenModelOptions, openScorer } from './text-model.ts';

/** For `buildDataset`: its `openTextScorer`. Numbers of another device than the CPU differ in their last figures. */
export function textScorerOpener({ device = 'cpu' }: Pick<OpenModelOptions, 'device'> = {}): OpenTextScorer {
  return async (directory, { threads, ...settings }) => {
    const open = await openScorer(directory, { device, threads: 1 });
    try {
      const { scorer, tokenizer, backend } = open;
      const lanes = backend.device === 'cpu' ? threads : 1;
      const documents = new DocumentScorer({ ...settings, scorer, tokenizer: tokenizer.tokenizer, lanes });
      return { score: (texts) => documents.score(texts), dispose: open.dispose };
    } catch (error) {
      open.dispose();
      throw error;
    }
  };
}
