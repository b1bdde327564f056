import { describe, expect, it } from 'vitest';
import { AthanorError } from '../core/index.ts';
import { startFitting } from './conversation.ts';

const tooLong = () => new AthanorError('bad-input', 'too long', { values: { reason: 'context-length' } });
const roles = ['system', 'user', 'assistant', 'user', 'assistant', 'user'];

describe('startFitting', () => {
  const shorten = (most: number) => {
    const messages = roles.map((role, i) => ({ role, i }));
    const result = startFitting(messages, () => {
      if (messages.length > most) throw tooLong();
      return messages.map(({ i }) => i);
    });
    return { ...result, left: messages.map(({ i }) => i) };
  };

  it('forgets the oldest turns, never the system message nor the question', () => {
    expect(shorten(9)).toMatchObject({ generation: [0, 1, 2, 3, 4, 5], forgot: 0 });
    expect(shorten(5)).toMatchObject({ generation: [0, 3, 4, 5], forgot: 1 });
    expect(shorten(2)).toMatchObject({ generation: [0, 5], forgot: 2 });
    expect(shorten(1)).toEqual({ generation: undefined, forgot: 2, left: [0, 5] });
  });

  it('lets every other error through', () => {
    expect(() =>
      startFitting([{ role: 'user' }], () => {
        throw new AthanorError('engine', 'broken');
      }),
    ).toThrow('broken');
  });
});
