"""
Makes components.json: what Hugging Face's `tokenizers` does with awkward lines, one normalizer or pre-tokenizer at a
time, with offsets. Run: pip install -r ../../../interop/requirements-tokenizers.txt sentencepiece && python
make_components.py
"""
import base64
import io
import json
import random
import tempfile
from pathlib import Path

import sentencepiece
import tokenizers
from tokenizers import PreTokenizedString, Regex, Tokenizer

here = Path(__file__).parent
random.seed(5)

LINES = [
    "",
    " ",
    "Hello, World! It's 3.14 o'clock -- isn't it?",
    "  two  spaces\tand\r\na line  ",
    "the-final--countdown a1234567b12",
    "床前明月光，疑是地上霜。舉頭望明月𠮷",
    "東京タワーは333ﾒｰﾄﾙ、がぎぐ㍿①",
    "한국어 각 \u1100\u1161\u11a8 \u3131\u314f 텍스트",
    "Ünïcödé e\u0301 A\u0323\u0307 \u1e69 ﬁn ΌΣΟΣ Σ İstanbul ẞ",
    "\u0344\u0345\u0323a\u0f71\u0f73\u0f81 \u0929\u094d\u0915\u093f क्षि",
    "👩‍👩‍👧 👍🏽 🇨🇳🇺🇸 ❤\ufe0f © №½²Ⅷ ％ａ",
    "\u0000a\u0007b\u007f\u0085c\u00a0d\u00ade\u200bf\ufefff\ufffdg\u2028h\u3000i\u202ej",
    "العربية \u0600\u0661 שָׁלוֹם ไทยำ ਪੰਜਾਬੀ",
    "def f(x):\n    return x**2  # ok\n\n\n\tdone()",
    "\u0897x\u105d2\u0307 \U000105d2\u0307 \ua7f2 \U0001f16c \u32ff \u1df6a \U00010d50 \ua7cb",
    "▁already▁marked __x▁ ▁",
    "x\u0301\u0301\u0300yx\u200dx\u0600x\u0915\u094d\u0915\u0300\u00a9\u200d\u00a9",
]
POOLS = ["ab XY01.,'-", " \t\n\r\u00a0\u3000\u200b", "\u0300\u0301\u0323\u0345\u0344\u0f71", "가\u1100\u1161\u11a8",
         "中文。，𠮷", "e\u0301éÅ①ﬁ㍿％", "\u0915\u094d\u0937\u200d", "👍🏽🇨🇳\ufe0f", "カガガﾞー", "ΣσİЙй"]
for _ in range(24):
    pools = random.sample(POOLS, 3)
    LINES.append("".join(random.choice(random.choice(pools)) for _ in range(random.randrange(4, 16))))


def charsmap(rules):
    """A small precompiled charsmap, made by SentencePiece's trainer: field 3 of the model, field 2 of that."""
    hexes = lambda text: " ".join(f"{ord(c):X}" for c in text)
    model = io.BytesIO()
    with tempfile.NamedTemporaryFile("w", suffix=".tsv") as table:
        table.write("".join(f"{hexes(a)}\t{hexes(b)}\n" for a, b in rules))
        table.flush()
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(["abc def ghi"] * 50), model_writer=model, vocab_size=30, hard_vocab_limit=False,
            minloglevel=2, normalization_rule_tsv=table.name)
    return field(field(model.getvalue(), 3), 2)


def field(message, wanted):
    """The last length-delimited field with this number in a protobuf message."""
    at, found = 0, b""

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(message):
        key = varint()
        if key & 7 == 2:
            length = varint()
            if key >> 3 == wanted:
                found = message[at:at + length]
            at += length
        elif key & 7 == 0:
            varint()
        else:
            at += 4 if key & 7 == 5 else 8
    return found


RULES = [("x", "y"), ("\r", " "), ("\n", " "), ("e\u0301", "é"), ("①", "(1)"), ("㍿", "株式会社"), ("\u00ad", ""),
         ("\u200b", ""), ("ab", "c"), ("가", "k"), ("\u1100", "g"), ("©", "(c)"), ("\u0915", "k"), ("\u0600", "P"),
         ("ﬁ", "fi"), ("\u0301", ""), ("ａ", "a")]
BERT = {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True, "strip_accents": None, "lowercase": True}


def replace(kind, pattern, content):
    return {"type": "Replace", "pattern": {kind: pattern}, "content": content}


def strip(left, right):
    return {"type": "Strip", "strip_left": left, "strip_right": right}


NORMALIZERS = [
    *({"type": name} for name in ["NFC", "NFD", "NFKC", "NFKD", "Nmt", "Lowercase", "StripAccents", "ByteLevel"]),
    strip(True, True), strip(True, False), strip(False, True),
    BERT, {**BERT, "strip_accents": False}, {**BERT, "clean_text": False, "lowercase": False, "strip_accents": True},
    {"type": "Prepend", "prepend": "▁x"},
    replace("String", " ", "▁"), replace("String", "a", ""), replace("String", "", "-"),
    replace("Regex", "[\\s\\p{M}]+", "<é𠮷>"), replace("Regex", "b*", "$&"),
    {"type": "Precompiled", "precompiled_charsmap": base64.b64encode(charsmap(RULES)).decode()},
    {"type": "Sequence", "normalizers": [{"type": "NFKD"}, {"type": "StripAccents"}, {"type": "Lowercase"},
                                         strip(True, True), replace("Regex", " {2,}", " ")]},
    {"type": "Sequence", "normalizers": [{"type": "NFD"}, {"type": "Nmt"}, {"type": "NFKC"}, {"type": "ByteLevel"}]},
    {"type": "Sequence", "normalizers": []},
]


def byte_level(prefix, regex):
    return {"type": "ByteLevel", "add_prefix_space": prefix, "trim_offsets": True, "use_regex": regex}


def metaspace(replacement, scheme, split):
    return {"type": "Metaspace", "replacement": replacement, "prepend_scheme": scheme, "split": split}


def split(kind, pattern, behavior, invert=False):
    return {"type": "Split", "pattern": {kind: pattern}, "behavior": behavior, "invert": invert}


BEHAVIORS = ["Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous"]
FIRST = metaspace("▁", "first", True)


def sequence(*parts):
    return {"type": "Sequence", "pretokenizers": list(parts)}


PRE_TOKENIZERS = [
    byte_level(True, True), byte_level(False, True), byte_level(True, False), byte_level(False, False),
    *({"type": name} for name in ["Whitespace", "WhitespaceSplit", "BertPreTokenizer", "UnicodeScripts"]),
    metaspace("▁", "always", True), FIRST, metaspace("_", "never", True), metaspace("▁", "always", False),
    *({"type": "Punctuation", "behavior": behavior} for behavior in BEHAVIORS),
    {"type": "Digits", "individual_digits": True}, {"type": "Digits", "individual_digits": False},
    {"type": "CharDelimiterSplit", "delimiter": " "}, {"type": "FixedLength", "length": 3},
    *(split("String", "-", behavior, invert) for behavior in BEHAVIORS for invert in [False, True]),
    *(split("Regex", "b*", behavior, invert) for behavior in BEHAVIORS for invert in [False, True]),
    split("Regex", "(?=(\\d{3})+(?!\\d))", "Isolated"), split("String", "", "Isolated"),
    sequence({"type": "WhitespaceSplit"}, FIRST), sequence(metaspace("▁", "always", True), split("String", "▁", "Isolated"), FIRST),
    sequence({"type": "Whitespace"}, byte_level(True, True)), sequence({"type": "Digits", "individual_digits": True}, byte_level(False, True)),
    sequence(),
]
# The expressions as the models' own tokenizer.json files have them: our named patterns must be the same.
CONTRACTIONS = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)"
REST = r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
CL100K = CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}" + REST
UPPER, LOWER = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]", r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"
EXPRESSIONS = {
    "gpt4": [CL100K],
    "llama3": [CL100K],
    "qwen2": [CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}" + REST],
    "o200k": [rf"[^\r\n\p{{L}}\p{{N}}]?{UPPER}*{LOWER}+{CONTRACTIONS}?|[^\r\n\p{{L}}\p{{N}}]?{UPPER}+{LOWER}*{CONTRACTIONS}?"
              + r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"],
    "deepseek-v3": [
        r"\p{N}{1,3}", "[\u4e00-\u9fa5\u3040-\u309f\u30a0-\u30ff]+",
        r"""[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*"""
        + r"|\s*[\r\n]+|\s+(?!\S)|\s+"],
    "han-char": ["[\u2e80-\u2fdf\u3005\u3007\u3021-\u3029\u3038-\u303b\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
                 "\U00020000-\U0003fffd]", CL100K],
}
PATTERNS = {"gpt2": byte_level(False, True)} | {
    name: sequence(*(split("Regex", expression, "Isolated") for expression in expressions), byte_level(False, False))
    for name, expressions in EXPRESSIONS.items()}
# A pre-tokenizer behind a normalizer that moves the beginning of the text.
BOTH = [
    (strip(True, True), FIRST),
    (BERT, {"type": "BertPreTokenizer"}),
    ({"type": "NFKC"}, sequence({"type": "FixedLength", "length": 1}, FIRST)),
    ({"type": "NFD"}, byte_level(True, True)),
]


def tokenizer(normalizer, pre_tokenizer):
    return Tokenizer.from_str(json.dumps({
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": [], "normalizer": normalizer,
        "pre_tokenizer": pre_tokenizer, "post_processor": None, "decoder": None,
        "model": {"type": "WordLevel", "vocab": {"?": 0}, "unk_token": "?"}}))


def spans(pairs):
    return " ".join(f"{start}-{end}" for start, end in pairs)


def normalized(component, text):
    """The text, and where each of its characters came from (code points)."""
    whole = PreTokenizedString(text)
    whole.normalize(lambda piece: component.normalize(piece))
    whole.split(lambda _, piece: piece.split(Regex("(?m)."), "isolated"))
    parts = whole.get_splits(offset_referential="original", offset_type="char")
    result = component.normalize_str(text)
    assert result == "".join(part for part, _, _ in parts)
    return [result, spans(offsets for _, offsets, _ in parts)]


def cut(component, text):
    # Without a step the empty text stays a piece there, of which a model makes nothing.
    parts = [part for part in component.pre_tokenize_str(text) if part[0]]
    return [[part for part, _ in parts], spans(offsets for _, offsets in parts)]


def written(component):
    return json.loads(component.__getstate__())


out = {"tokenizers": tokenizers.__version__, "lines": LINES, "normalizers": [], "preTokenizers": [], "patterns": [], "both": []}
for settings in NORMALIZERS:
    component = tokenizer(settings, None).normalizer
    assert written(component) == settings, settings
    out["normalizers"].append({"json": settings, "results": [normalized(component, line) for line in LINES]})
for settings in PRE_TOKENIZERS:
    component = tokenizer(None, settings).pre_tokenizer
    assert written(component) == settings, settings
    out["preTokenizers"].append({"json": settings, "results": [cut(component, line) for line in LINES]})
for name, settings in PATTERNS.items():
    component = tokenizer(None, settings).pre_tokenizer
    rows = [cut(component, line) for line in LINES]
    out["patterns"].append({"name": name, "json": settings, "results": rows})
for settings in BOTH:
    whole = tokenizer(*settings)
    out["both"].append({"normalizer": settings[0], "preTokenizer": settings[1],
                        "results": [spans(whole.encode(line).offsets) for line in LINES]})

lines = [f'"{key}":{json.dumps(out[key], ensure_ascii=True)}' for key in ["tokenizers", "lines"]]
for key in ["normalizers", "preTokenizers", "patterns", "both"]:
    lines.append(f'"{key}":[\n' + ",\n".join(json.dumps(row, separators=(",", ":")) for row in out[key]) + "\n]")
(here / "components.json").write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
