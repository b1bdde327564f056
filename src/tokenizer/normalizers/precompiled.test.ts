import { describe, expect, it } from 'vitest';
import { checkedNormalizer, placesOf } from '../testing/check-normalizer.ts';

/** SentencePiece's compilation of: x → y, CR → space, ① → (1), ab → c, U+00AD → nothing, e U+0301 → é, © → (c), क → k. */
const charsmap =
  'AAQAAAAwAAANDQAAAQAAgGIdAAALAACAzAgCAIEFAAARAACADwAAgKkNAAAHAACAAAAAgKRcAgCtGQAAlQUAAA0AAICRhAIAoA0AAAMAAIASAAAAFQAAABQAAAAXAAAAFgAAABkAAAAYAAAAGwAAABoAAAAdAAAAHAAAAB8AAAAeAAAAIQAAACAAAAAjAAAAIgAAACUAAAAkAAAAJwAAACYAAAApAAAAKAAAACsAAAAqAAAALQAAACwAAAAvAAAALgAAADEAAAAwAAAAMwAAADIAAAA1AAAANAAAADcAAAA2AAAAOQAAADgAAAA7AAAAOgAAAD0AAAA8AAAAPwAAAD4AAABBAAAAQAAAAEMAAABCAAAARQAAAEQAAABHAAAARgAAAEkAAABIAAAASwAAAEoAAABNAAAATAAAAE8AAABOAAAAUQAAAFAAAABTAAAAUgAAAFUAAABUAAAAVwAAAFYAAABZAAAAWAAAAFsAAABaAAAAXQAAAFwAAABfAAAAXgAAAGEAAABgAAAAYwAAAGIAAABlAAAAZAAAAGcAAABmAAAAaQAAAGWAAgBrAAAAagAAAG0AAABhMAAAbwAAAG4AAABxAAAAcAAAAHMAAAByAAAAePEBAHQAAAB3AAAAdgAAAHkAAAB4AAAAewAAAHoAAAB9AAAAfAAAAH8AAAB+AAAAgQAAAIAAAACDAAAAggAAAIUAAACEAAAAhwAAAIYAAACJAAAAiAAAAIsAAACKAAAAjQAAAIwAAACPAAAAjgAAAJEAAACQAAAAkwAAAJIAAACVAAAAlAAAAJcAAACWAAAAmQAAAJgAAACbAAAAmgAAAJ0AAACcAAAAnwAAAJ4AAAChAAAAoAAAAKMAAACiAAAApQAAAKQAAACnAAAApgAAAKkAAACoAAAAqwAAAKoAAACtAAAArAAAAK8AAACuAAAAsQAAALAAAACzAAAAsgAAALUAAAC0AAAAtwAAALYAAAC5AAAAuAAAALsAAAC6AAAAvQAAALwAAAC/AAAAvgAAAMEAAADAAAAAwwAAAMIAAADFAAAAxAAAAMcAAADGAAAAyQAAAMgAAADLAAAAygAAAM0AAADMAAAAwrgBAM4AAADRAAAA0AAAANMAAADSAAAA1QAAANQAAADXAAAA1gAAANkAAADYAAAA2wAAANoAAADdAAAA3AAAAN8AAADeAAAA4QAAAOAAAADjAAAA4gAAAOUAAADkAAAA5wAAAOYAAADpAAAA6AAAAOsAAADqAAAA4BABAOwAAADivAEA7gAAAPEAAADwAAAA8wAAAPIAAAD1AAAA9AAAAPcAAAD2AAAA+QAAAPgAAAD7AAAA+gAAAP0AAAD8AAAA/wAAAP4AAAAAIAAoMSkAKGMpAGMAawB5AMOpAA==';

const precompiled = checkedNormalizer({ type: 'Precompiled', precompiled_charsmap: charsmap });

describe('Precompiled', () => {
  it.each([
    ['x①e\u0301', 'y(1)é'],
    // Looked up by clusters: keys of several characters that are several clusters are never found.
    ['ab', 'ab'],
    // The shortest prefix of a cluster of up to five bytes replaces all of it.
    ['x\u0301', 'y'],
    ['a\r\nb', 'a b'],
    ['\u00adab\u00ad', 'ab'],
    // Longer clusters go character by character, also those that only GB9c and GB11 hold together.
    ['x\u0301\u0301\u0301', 'y\u0301\u0301\u0301'],
    ['\u0915\u094d\u0915\u0300', 'k\u094dk\u0300'],
    ['©\u200d©', '(c)\u200d(c)'],
    ['\u0000x', '\u0000y'],
  ])('%j becomes %j', (text, expected) => expect(precompiled.normalize(text)).toBe(expected));

  it('characters that come and go move the places as in Hugging Face', () => {
    expect(placesOf(precompiled, '①a')).toBe('0-1 0-1 0-1 1-2');
    expect(placesOf(precompiled, 'a\r\nb')).toBe('0-1 1-2 3-4');
    // Nothing is there yet that could swallow the dropped one: what follows stands one too early.
    expect(placesOf(precompiled, '\u00adab')).toBe('0-1 1-2');
  });

  it.each(['', '%%%', 'AAAAAA==', '/////w=='])('refuses %j', (encoded) => {
    expect(() => checkedNormalizer({ type: 'Precompiled', precompiled_charsmap: encoded })).toThrow(
      /normalizer\.precompiled_charsmap: expected a precompiled charsmap/,
    );
  });
});
