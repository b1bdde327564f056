import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ANSWER, createFakeTextModel, scripted } from '../../tests/helpers/fake-model.ts';
import { StopStrings } from './stop-strings.ts';
import { generateText, startText, type TextModel } from './text.ts';

const make = (answer?: string): TextModel => createFakeTextModel({ next: scripted(answer) });
const chat = [{ role: 'user', content: '静夜思' }];

describe('stop strings', () => {
  it('never give out a part of a stop string, and lose nothing else, however the text is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 4 }), { maxLength: 12 }),
        fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 4 }), { maxLength: 3 }),
        (pieces, stops) => {
          const all = pieces.join('');
          const ends = stops.filter((stop) => all.includes(stop)).map((stop) => all.indexOf(stop) + stop.length);
          const end = Math.min(...ends);
          const first = stops.filter((stop) => all.indexOf(stop) >= 0 && all.indexOf(stop) + stop.length === end);
          const expected = all.slice(
            0,
            ends.length > 0 ? end - Math.max(...first.map((stop) => stop.length)) : all.length,
          );
          const filter = new StopStrings(stops);
          let given = '';
          let stopped = false;
          for (const piece of pieces) {
            const result = filter.push(piece);
            given += result.text;
            expect(expected.startsWith(given)).toBe(true);
            if (result.stopped) {
              stopped = true;
              break;
            }
          }
          if (!stopped) given += filter.flush();
          expect(given).toBe(expected);
          expect(stopped).toBe(ends.length > 0);
        },
      ),
      { numRuns: 1000, seed: 7 },
    );
  });
});

describe('text', () => {
  it('answers a conversation to its end', async () => {
    const result = await generateText(make(), { prompt: chat });
    expect(result).toMatchObject({ text: ANSWER, finishReason: 'stop' });
    expect(result.usage).toEqual({ promptTokens: 16, completionTokens: 36 });
  });

  it('streams whole characters', async () => {
    const pieces: string[] = [];
    for await (const piece of startText(make(), { prompt: chat })) pieces.push(piece.text);
    expect(pieces).toEqual([...ANSWER]);
  });

  it('ends before a stop string and stops the generation', async () => {
    const model = make();
    const result = await generateText(model, { prompt: chat, stop: ['疑是', '霜'] });
    expect(result).toMatchObject({ text: '床前明月光，', finishReason: 'stop' });
    expect(result.usage.completionTokens).toBe(24);
    expect(model.engine.stats()).toMatchObject({ queued: 0, running: 0 });
  });

  it('gives out what was held back when the answer ends', async () => {
    expect(await generateText(make('hello wor'), { prompt: chat, stop: ['world'] })).toMatchObject({
      text: 'hello wor',
      finishReason: 'stop',
    });
  });

  it('reports the limit, and a cut character as a replacement', async () => {
    expect(await generateText(make(), { prompt: chat, maxTokens: 4 })).toMatchObject({
      text: '床\ufffd',
      finishReason: 'length',
    });
  });

  it('continues plain text and token ids', async () => {
    expect((await generateText(make(), { prompt: 'abc', maxTokens: 3 })).text).toBe('def');
    expect((await generateText(make(), { prompt: [97], maxTokens: 3 })).text).toBe('bcd');
  });

  it('gives tokens with offsets for log-probabilities, none past a stop string', async () => {
    const result = await generateText(make('hello world'), {
      prompt: chat,
      stop: [' world'],
      sampling: { logprobs: 1 },
    });
    expect(result.text).toBe('hello');
    expect(result.tokens.map((token) => [token.text, token.offset])).toEqual(
      [...'hello'].map((letter, i) => [letter, i]),
    );
  });

  it('a request goes before the model in sampling parameters, undefined does not', async () => {
    const model = make();
    const varied = await generateText(model, { prompt: 'a', maxTokens: 20, sampling: { temperature: 2, seed: 1 } });
    expect(varied.text).not.toBe('bcdefghijklmnopqrstu');
    expect((await generateText(model, { prompt: 'a', maxTokens: 3, sampling: { temperature: undefined } })).text).toBe(
      'bcd',
    );
  });

  it('says when there is no chat template', () => {
    expect(() => startText({ ...make(), encodeChat: undefined }, { prompt: chat })).toThrow(
      expect.objectContaining({ code: 'unsupported', message: expect.stringContaining('no chat template') }),
    );
  });
});
