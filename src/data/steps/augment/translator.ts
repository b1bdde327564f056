/** What back-translation asks of a translator, and the one that an OpenAI-compatible model is. */
import { AthanorError } from '../../../core/index.ts';
import type { ChatClient } from '../../openai-client/chat-client.ts';

/** A model that runs here can take this place. */
export interface Translator {
  /** Names of languages are English: `Chinese`, `German`. `variant` asks for another wording of the same text. */
  translate(text: string, from: string | undefined, to: string, variant: number): Promise<string>;
}

export function endpointTranslator(client: ChatClient, temperature: number, signal?: AbortSignal): Translator {
  return {
    async translate(text, from, to, variant) {
      const source = from === undefined ? '' : ` from ${from}`;
      const system =
        `Translate the text that the user gives${source} into ${to}. Keep paragraphs, names and numbers. ` +
        'Answer with the translation and nothing else.';
      const messages = [
        { role: 'system' as const, content: system },
        { role: 'user' as const, content: text },
      ];
      const { content, finishReason } = await client.complete(messages, { temperature, seed: variant, signal });
      if (finishReason === 'length') {
        throw new AthanorError('bad-input', 'back-translate: a translation was longer than `endpoint.max_tokens`', {
          hint: 'Raise `endpoint.max_tokens`, or lower `chunk_characters`.',
        });
      }
      return content.trim();
    },
  };
}
