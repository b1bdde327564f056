import { describe, expect, it } from 'vitest';
import { AlignedText } from '../aligned-text.ts';
import { readPreTokenizer } from './read.ts';
import { splitAligned, splitText, usesOrigin } from './run.ts';

describe('running steps', () => {
  it('no steps: one piece; no text: none', () => {
    const { steps } = readPreTokenizer(null);
    expect(splitText('a b', steps, true)).toEqual(['a b']);
    expect(splitAligned(AlignedText.of('a b'), steps).map((piece) => piece.text)).toEqual(['a b']);
    expect(splitText('', steps, true)).toEqual([]);
    expect(splitAligned(AlignedText.of(''), steps)).toEqual([]);
  });

  it('what was put in front shares the place of the first character, so both begin the text', () => {
    const mark = { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always' };
    const first = { ...mark, prepend_scheme: 'first', replacement: '_' };
    const { steps } = readPreTokenizer({
      type: 'Sequence',
      pretokenizers: [mark, { type: 'FixedLength', length: 1 }, first],
    });
    expect(usesOrigin(steps)).toBe(true);
    expect(usesOrigin(readPreTokenizer(mark).steps)).toBe(false);
    expect(splitText('ab', steps, true)).toEqual(['_▁', '_a', 'b']);
    expect(splitText('ab', steps, false)).toEqual(['▁', 'a', 'b']);
  });

  it('a document of a megabyte takes no more than seconds', () => {
    const text = '明月几时有？ Bright moon, when did you appear? 12345\n'.repeat(22_000);
    const { steps } = readPreTokenizer({ type: 'ByteLevel' });
    const pieces = splitAligned(AlignedText.of(text), steps);
    expect(pieces.at(-1)!.originalSpan(0, 1)).toEqual([text.length - 1, text.length]);
  });
});
