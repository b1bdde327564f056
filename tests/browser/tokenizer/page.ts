/** Runs in the browser: reads a vocabulary that is served, encodes and decodes texts with it, trains one of its own. */
import { type Encoding, fromJSON, type TokenizerJson, trainBpe } from '../../../src/tokenizer/index.ts';

export interface PageAnswer {
  readonly ids: number[][];
  readonly offsets: Encoding['offsets'][];
  readonly decoded: string[];
}

declare global {
  interface Window {
    encode(path: string, texts: string[]): Promise<PageAnswer>;
    trainTokenizer(texts: string[], vocabSize: number): TokenizerJson;
  }
}

window.encode = async (path, texts) => {
  const response = await fetch(path);
  const tokenizer = fromJSON(await response.json());
  const ids = texts.map((text) => tokenizer.encode(text));
  return {
    ids,
    offsets: texts.map((text) => tokenizer.encodeFull(text).offsets),
    decoded: ids.map((one) => tokenizer.decode(one)),
  };
};

window.trainTokenizer = (texts, vocabSize) => trainBpe({ texts, vocabSize, pattern: 'gpt4' }).toJSON();
