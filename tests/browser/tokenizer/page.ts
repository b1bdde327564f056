/** Runs in the browser: reads a vocabulary that is served, encodes and decodes texts with it, trains one of its own. */
import { fromJSON, trainBpe } from '../../../src/tokenizer/index.ts';
import { answerOf } from './answer.ts';

declare global {
  interface Window {
    /** Gives JSON: many small arrays take long on their way out of the page. */
    encode(path: string, texts: string[]): Promise<string>;
    trainTokenizer(texts: string[], vocabSize: number): string;
  }
}

window.encode = async (path, texts) => {
  const response = await fetch(path);
  return answerOf(fromJSON(await response.json()), texts);
};

window.trainTokenizer = (texts, vocabSize) => JSON.stringify(trainBpe({ texts, vocabSize, pattern: 'gpt4' }).toJSON());
