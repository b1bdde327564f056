/** A conversation that grows beyond the model's context: its oldest turns are forgotten, so that it can go on. */
import { AthanorError } from '../core/index.ts';

/**
 * Starts an answer to `messages`, taking out the oldest question and answer until they fit; a system message stays.
 * @param start throws 'bad-input' with the reason `context-length` while they are too long
 * @returns what was started and how many turns were forgotten; nothing when the last message alone is too long
 */
export function startFitting<Started>(
  messages: { readonly role: string }[],
  start: () => Started,
): { readonly generation: Started | undefined; readonly forgot: number } {
  for (let forgot = 0; ; forgot++) {
    try {
      return { generation: start(), forgot };
    } catch (error) {
      if (!(error instanceof AthanorError) || error.values.reason !== 'context-length') throw error;
      const oldest = messages.findIndex(({ role }) => role !== 'system');
      if (oldest === messages.length - 1) return { generation: undefined, forgot };
      messages.splice(oldest, 2);
    }
  }
}
