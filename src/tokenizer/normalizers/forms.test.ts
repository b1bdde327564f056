import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AlignedText } from '../aligned-text.ts';
import { isLateForm } from '../characters/classes.ts';
import { awkwardText } from '../testing/awkward-text.ts';
import { alignForm, mayCompose, toForm } from './forms.ts';

const forms = ['NFC', 'NFD', 'NFKC', 'NFKD'] as const;

describe('normalization forms', () => {
  it.each(forms)('%s: the aligned algorithm is the native one, but for what Unicode 9 does not know', (form) => {
    fc.assert(
      fc.property(awkwardText, (text) => {
        const known = [...text].filter((character) => !isLateForm(character.codePointAt(0)!)).join('');
        expect(alignForm(AlignedText.of(known), form).text).toBe(known.normalize(form));
        expect(alignForm(AlignedText.of(text), form).text).toBe(toForm(text, form));
      }),
      { numRuns: 400, seed: 2 },
    );
  });

  it('newer decompositions and compositions are left alone, and nothing moves past newer marks', () => {
    for (const form of forms) {
      expect(toForm('\u{1f16c}\ua7f2\u32ff', form)).toBe('\u{1f16c}\ua7f2\u32ff');
      expect(toForm('\u{105d2}\u0307', form)).toBe('\u{105d2}\u0307');
      expect(toForm('a\u0301\u1dfa\u0323', 'NFD')).toBe('a\u0301\u1dfa\u0323');
    }
  });

  it('a text that is in its form already is the same object', () => {
    const text = AlignedText.of('déjà vu 中文');
    expect(alignForm(text, 'NFC')).toBe(text);
  });

  it('a long run of marks is sorted in reasonable time', () => {
    const marks = `a${'\u0301\u0323\u0345'.repeat(3000)}`;
    expect(alignForm(AlignedText.of(marks), 'NFD').text).toBe(marks.normalize('NFD'));
  });

  it('what NFC leaves alone at a glance, it leaves alone: every such character, alone and behind any other', () => {
    let seen = 0;
    for (let code = 0; code < 0x10000; code++) {
      const character = String.fromCharCode(code);
      if (mayCompose.test(character)) continue;
      seen++;
      // Only marks (class above 0) and medial or final Hangul letters ever join with, or move before, another character.
      const wrong = character.normalize('NFC') !== character || /[\p{M}\u1160-\u11ff]/u.test(character);
      if (wrong) expect.fail(code.toString(16));
    }
    expect(seen).toBeGreaterThan(40_000);
  });
});
