/** What the page and Node are asked, as JSON: ids, offsets and decoded text of each text, and the text decoded id by id. */
import type { Tokenizer } from '../../../src/tokenizer/index.ts';

export function answerOf(tokenizer: Tokenizer, texts: readonly string[]): string {
  const answers = texts.map((text) => {
    const ids = tokenizer.encode(text);
    const decoder = tokenizer.createDecoder();
    const streamed = ids.map((id) => decoder.push(id)).join('') + decoder.flush();
    return { ids, offsets: tokenizer.encodeFull(text).offsets, text: tokenizer.decode(ids), streamed };
  });
  return JSON.stringify(answers);
}
