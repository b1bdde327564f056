"""datatrove's quality filters over documents from standard input (JSON lines), a JSON line of verdicts each.

  python data_filters_peer.py ours OPTIONS     words and sentences as Athanor splits them
  python data_filters_peer.py theirs OPTIONS   datatrove's own tokenizers (spaCy, jieba)

OPTIONS is JSON: language -> filter -> keyword arguments, and `endings`, C4's end marks for Chinese.
Each verdict is [filter, kept, reason, text]; text only where the filter changes it.
"""
import json
import sys

import regex

from datatrove.data import Document
from datatrove.pipeline.filters import c4_filters, fineweb_quality_filter, gopher_quality_filter, gopher_repetition_filter

mode = sys.argv[1]
IDEOGRAPH = r"[[\p{L}\p{N}]&&[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\u30fc\uff70]]"
WORD = r"[[\p{L}\p{M}\p{N}]--" + IDEOGRAPH + "]"
LETTER = r"[\p{L}--" + IDEOGRAPH + "]"
DIGIT = r"[\p{N}--" + IDEOGRAPH + "]"
INSIDE = rf"(?<={LETTER})[.'’_](?={LETTER})|(?<={DIGIT})[.,'’_](?={DIGIT})|(?<={LETTER})_(?={DIGIT})|(?<={DIGIT})_(?={LETTER})"
TOKEN = regex.compile(
    rf"{IDEOGRAPH}|{WORD}(?:{WORD}|\p{{Cf}}|{INSIDE})*|((?!{WORD}|{IDEOGRAPH})[^\s\x1c-\x1f])\1*", regex.V1
)
IS_IDEOGRAPH = regex.compile(IDEOGRAPH, regex.V1)
sentences = {}


def words_of(text, language=None):
    return [match.group(0) for match in TOKEN.finditer(text)]


def joined(words):
    """Words with spaces between them, but none beside an ideograph."""
    text = words[0]
    for before, word in zip(words, words[1:]):
        beside = (len(before) == 1 and IS_IDEOGRAPH.match(before)) or (len(word) == 1 and IS_IDEOGRAPH.match(word))
        text += word if beside else " " + word
    return text


if mode == "ours":
    for module in (gopher_repetition_filter, gopher_quality_filter, fineweb_quality_filter):
        module.split_into_words = words_of
    c4_filters.split_into_sentences = lambda text, language: [None] * sentences[text]
    gopher_repetition_filter.get_n_grams = lambda words, n: [
        joined(words[i : i + n]) for i in range(len(words) - n + 1)
    ]


def filters_for(language):
    options = json.loads(sys.argv[2]).get(language, {})
    language = {"zh": "cmn_Hani"}.get(language, language)  # under "zh" there is no jieba
    return {
        "gopher-repetition": gopher_repetition_filter.GopherRepetitionFilter(
            language=language, **options.get("gopher-repetition", {})
        ),
        "gopher-quality": gopher_quality_filter.GopherQualityFilter(
            language=language, **options.get("gopher-quality", {})
        ),
        "c4-quality": c4_filters.C4QualityFilter(language=language, **options.get("c4-quality", {})),
        "fineweb-quality": fineweb_quality_filter.FineWebQualityFilter(
            language=language, **options.get("fineweb-quality", {})
        ),
    }


filters = {language: filters_for(language) for language in ("en", "zh")}
endings = {"en": c4_filters.END_PUNCTUATION, "zh": tuple(json.loads(sys.argv[2]).get("endings", []))}
for line in sys.stdin:
    given = json.loads(line)
    sentences = given.get("sentences", {})
    if endings["zh"]:
        c4_filters.END_PUNCTUATION = endings[given["language"]]
    verdicts = []
    for name, one in filters[given["language"]].items():
        document = Document(text=given["text"], id=given["id"])
        result = one.filter(document)
        kept, reason = result if isinstance(result, tuple) else (result, None)
        verdicts.append([name, kept, reason, document.text if kept and document.text != given["text"] else None])
    print(json.dumps({"id": given["id"], "verdicts": verdicts}))
