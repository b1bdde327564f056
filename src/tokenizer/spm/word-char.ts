/** SentencePiece's word and char models (word_model.cc, char_model.cc): the text is cut first, then looked up. */
import { spaceSymbol } from './normalizer.ts';
import type { Segment } from './unigram.ts';
import type { SpmVocabulary } from './vocabulary.ts';

function lookup({ ordinary, isUnused, unkId }: SpmVocabulary): (piece: string) => number {
  return (piece) => {
    const id = ordinary.get(piece);
    return id === undefined || isUnused(id) ? unkId : id;
  };
}

/** Words begin at each ▁ (SplitIntoWords). */
export function wordSegmenter(vocabulary: SpmVocabulary): Segment {
  const idOf = lookup(vocabulary);
  return (text, emit) => {
    for (let start = 0; start < text.length; ) {
      const next = text.indexOf(spaceSymbol, start + 1);
      const end = next < 0 ? text.length : next;
      emit(text, start, end, idOf(text.slice(start, end)));
      start = end;
    }
  };
}

/** Characters, and user-defined symbols. */
export function charSegmenter(vocabulary: SpmVocabulary): Segment {
  const idOf = lookup(vocabulary);
  const { userDefined } = vocabulary;
  return (text, emit) => {
    for (let start = 0; start < text.length; ) {
      const symbol = userDefined?.longest(text, start) ?? 0;
      const end = start + (symbol || ((text.codePointAt(start) ?? 0) > 0xffff ? 2 : 1));
      emit(text, start, end, idOf(text.slice(start, end)));
      start = end;
    }
  };
}
