"""
Makes wiring.json: what Hugging Face's `tokenizers` does with small tokenizers of random parts: added tokens with all
their flags, post-processors, pairs, truncation, padding; and every decoder, alone and in chains.
Run: pip install -r ../../interop/requirements-tokenizers.txt && python make_wiring.py
A case that makes the referee panic (Strip on short tokens, negative lengths) is left out.
"""
import json
import random
from pathlib import Path

import tokenizers
from tokenizers import Tokenizer

R = random.Random(20240511)
ATOMS = ["a", "b", "A", "B", "ab", "abc", " ", "  ", "\n", "\t", "\u3000", "é", "e\u0301", "É", "ß", "中", "文", "😀", "👩‍👧",
         "<s>", "</s>", "[X]", "[x]", "Foo", "foo", " Foo ", "_", "-", "1", "ﬁ", "\u200d", "'s", "!", " ,", "▁", "Ġ", "\ufffd"]


def text():
    return "".join(R.choice(ATOMS) for _ in range(R.choice([0, 1, 2, 3, 4, 6, 9])))


def byte_alphabet():
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    return [chr(byte) for byte in printable] + [chr(256 + i) for i in range(len(others))]


def bpe(tokens, merges, unk=None, **settings):
    vocab = {token: i for i, token in enumerate(dict.fromkeys(tokens))}
    for left, right in merges:
        vocab.setdefault(left + right, len(vocab))
    return {"type": "BPE", "dropout": None, "unk_token": unk, "continuing_subword_prefix": None, "end_of_word_suffix": None,
            "fuse_unk": False, "byte_fallback": False, "ignore_merges": False, **settings, "vocab": vocab, "merges": merges}


def table(tokens):
    return {token: i for i, token in enumerate(tokens)}


CHARACTERS = sorted(set("".join(ATOMS)))
BYTES = bpe(byte_alphabet(), [["Ġ", "a"], ["a", "b"], ["ab", "c"], ["o", "o"], ["F", "oo"], ["Ġ", "Ġ"], ["ð", "Ł"]])
MODELS = [
    BYTES,
    bpe(["<unk>", *CHARACTERS], [["a", "b"], ["▁", "F"], ["o", "o"], ["F", "oo"]], "<unk>", fuse_unk=True),
    {"type": "WordLevel", "vocab": table(["[UNK]", "a", "ab", "abc", "Foo", "foo", "▁a", "▁", "中", "!", "1", "▁Foo"]), "unk_token": "[UNK]"},
    {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
     "vocab": table(["[UNK]", "a", "b", "A", "##a", "##b", "##c", "F", "##o", "1", "中", "文", "!", "##é", "e", "##1"])},
    {"type": "Unigram", "unk_id": 0, "byte_fallback": False, "vocab": [["<unk>", 0.0], ["a", -1.0], ["b", -1.5], ["ab", -1.75], ["▁", -2.0], ["▁a", -2.25], ["o", -3.0], ["oo", -3.5], ["F", -4.0], ["中", -4.5]]},
]


def sequence(key, items):
    return {"type": "Sequence", key: items}


def normalizer():
    return R.choice([None, None, None, {"type": "Lowercase"}, {"type": "NFKC"}, {"type": "NFD"},
                     sequence("normalizers", [{"type": "Prepend", "prepend": "▁"}, {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]),
                     {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True, "strip_accents": None, "lowercase": True}])


def byte_level(prefix=None):
    return {"type": "ByteLevel", "add_prefix_space": R.random() < 0.5 if prefix is None else prefix, "trim_offsets": R.random() < 0.8, "use_regex": True}


def metaspace(scheme):
    return {"type": "Metaspace", "replacement": "▁", "prepend_scheme": scheme, "split": R.random() < 0.6}


def pre_tokenizer(model):
    if model is BYTES:
        return byte_level()
    return R.choice([None, {"type": "Whitespace"}, {"type": "BertPreTokenizer"}, metaspace("first"), metaspace("always"), metaspace("never"),
                     sequence("pretokenizers", [{"type": "WhitespaceSplit"}, metaspace(R.choice(["first", "always"]))])])


def piece(names):
    if R.random() < 0.5:
        return {"SpecialToken": {"id": R.choice(["C", "S"]), "type_id": R.randint(0, 2)}}
    return {"Sequence": {"id": R.choice(names), "type_id": R.randint(0, 2)}}


def pieces(names):
    template = [piece(names) for _ in range(R.randint(1, 3))]
    for name in names:
        if not any(item.get("Sequence", {}).get("id") == name for item in template):
            template.insert(R.randint(0, len(template)), {"Sequence": {"id": name, "type_id": R.randint(0, 1)}})
    return template


def post_processor():
    bert = {"type": "BertProcessing", "sep": ["[SEP]", 7], "cls": ["[CLS]", 8]}
    roberta = {"type": "RobertaProcessing", "sep": ["</s>", 2], "cls": ["<s>", 1], "trim_offsets": R.random() < 0.7, "add_prefix_space": R.random() < 0.5}
    special = {"C": {"id": "C", "ids": [3], "tokens": ["C"]}, "S": {"id": "S", "ids": [4, 5], "tokens": ["S1", "S2"]}}
    template = {"type": "TemplateProcessing", "single": pieces(["A"]), "pair": pieces(["A", "B"]), "special_tokens": special}
    return R.choice([None, bert, roberta, byte_level(), template, template, sequence("processors", [byte_level(), template]),
                     sequence("processors", [template, byte_level()]), sequence("processors", [byte_level(), bert])])


def flags():
    return {"single_word": R.random() < 0.3, "lstrip": R.random() < 0.3, "rstrip": R.random() < 0.3, "normalized": R.random() < 0.5, "special": R.random() < 0.5}


def added_tokens(contents, count):
    chosen = {content.lower(): content for content in R.sample(contents, count)}
    return [{"id": 500 + i, "content": content, **flags()} for i, content in enumerate(chosen.values())]


def truncation():
    if R.random() < 0.5:
        return None
    return {"direction": R.choice(["Left", "Right"]), "max_length": R.choice([6, 8, 10, 12]), "stride": R.choice([0, 0, 1, 2]),
            "strategy": R.choice(["LongestFirst", "LongestFirst", "OnlyFirst", "OnlySecond"])}


def padding():
    if R.random() < 0.6:
        return None
    return {"strategy": R.choice(["BatchLongest", {"Fixed": R.randint(0, 12)}]), "direction": R.choice(["Left", "Right"]),
            "pad_to_multiple_of": R.choice([None, None, 4]), "pad_id": R.randint(0, 3), "pad_type_id": R.randint(0, 2), "pad_token": "[PAD]"}


def fields(encoding):
    """In the order of the lists of an Encoding; offsets in code points."""
    return [encoding.ids, encoding.type_ids, encoding.tokens, encoding.offsets, encoding.word_ids, encoding.sequence_ids,
            encoding.special_tokens_mask, encoding.attention_mask, [fields(part) for part in encoding.overflowing]]


def parts_of(encoding):
    return 1 + sum(parts_of(part) for part in encoding.overflowing)


def encode_record():
    model = R.choice(MODELS)
    parts = {"truncation": truncation(), "padding": padding(),
             "added_tokens": added_tokens(["<s>", "</s>", "[X]", "Foo", "a", "ab", "中", "e\u0301", "😀", "▁", "-1"], R.randint(0, 5)),
             "normalizer": normalizer(), "pre_tokenizer": pre_tokenizer(model), "post_processor": post_processor(), "decoder": None}
    tokenizer = Tokenizer.from_str(json.dumps({"version": "1.0", **parts, "model": model}))
    added = max((tokenizer.num_special_tokens_to_add(is_pair) for is_pair in (False, True)))
    if parts["truncation"] and parts["truncation"]["max_length"] - added <= parts["truncation"]["stride"]:
        return None
    cases = []
    for _ in range(4):
        case = {"text": text(), "special": R.random() < 0.8, "plain": R.random() < 0.2}
        if R.random() < 0.4:
            case["pair"] = text()
        tokenizer.encode_special_tokens = case["plain"]
        try:
            encoding = tokenizer.encode(case["text"], case.get("pair"), add_special_tokens=case["special"])
        except BaseException as error:
            if "Truncation error" not in str(error):
                continue
            cases.append({**case, "error": True})
            continue
        if parts_of(encoding) <= 6:
            cases.append({**case, "expect": fields(encoding)})
    tokenizer.encode_special_tokens = False
    texts = [text() for _ in range(3)]
    try:
        batch = [encoding.ids for encoding in tokenizer.encode_batch(texts)]
    except BaseException:
        texts, batch = [], []
    return {"parts": parts, "model": MODELS.index(model), "cases": cases, "texts": texts, "batch": batch}


TOKENS = ["a", "b", "ab", "##a", "##", "##b", " a", " ", "  ", "▁", "▁a", "▁▁", "a▁b", "</w>", "a</w>", "b</w>c</w>", "|", "<pad>", "a|b", "'s", " 's",
          "n't", " n't", "do not", " do not", ".", "?", " .", " ' ", "'m", "Ġ", "Ġa", "ä¸", "Ń", "ðŁ", "ĺ", "Ģ", "é", "中", "😀", "x", "xx", "xy", "<s>",
          *(f"<0x{byte:02X}>" for byte in (0x41, 0xE4, 0xB8, 0xAD, 0xF0, 0x9F, 0x98, 0x80, 0xC3, 0xA9, 0xFF, 0xED, 0xA0, 0xC0)), "<0xe4>", "<0x+A>"]
LLAMA = sequence("decoders", [{"type": "Replace", "pattern": {"String": "▁"}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"},
                              {"type": "Strip", "content": " ", "start": 1, "stop": 0}])


def decoder(depth=0):
    kind = R.choice(["ByteLevel", "WordPiece", "Metaspace", "BPEDecoder", "ByteFallback", "Fuse", "Strip", "Replace", "CTC"] + ["Sequence"] * (4 if depth < 2 else 0))
    settings = {
        "ByteLevel": lambda: {"add_prefix_space": True, "trim_offsets": True, "use_regex": True},
        "WordPiece": lambda: {"prefix": R.choice(["##", "##", ""]), "cleanup": R.random() < 0.6},
        "Metaspace": lambda: {"replacement": R.choice(["▁", "a"]), "prepend_scheme": R.choice(["first", "always", "never"]), "split": True},
        "BPEDecoder": lambda: {"suffix": R.choice(["</w>", "w", ""])},
        "ByteFallback": dict,
        "Fuse": dict,
        "Strip": lambda: {"content": R.choice([" ", "a", "▁"]), "start": R.randint(0, 2), "stop": R.choice([0, 0, 1])},
        "Replace": lambda: {"pattern": R.choice([{"String": "▁"}, {"String": "ab"}, {"String": "aba"}, {"String": "xx"}, {"Regex": "[ab]+"}, {"Regex": " +(?=a)"}]), "content": R.choice([" ", "", "ab", "$1"])},
        "CTC": lambda: {"pad_token": "<pad>", "word_delimiter_token": "|", "cleanup": R.random() < 0.6},
        "Sequence": lambda: {"decoders": [decoder(depth + 1) for _ in range(R.randint(0, 4))]},
    }[kind]()
    return {"type": kind, **settings}


def decode_record(i):
    added = added_tokens(["</s>", "[X]", "Foo bar", "é!", "New"], 3)
    parts = {"added_tokens": added, "normalizer": R.choice([None, None, {"type": "Lowercase"}, {"type": "Prepend", "prepend": "▁"}]),
             "decoder": None if i == 0 else LLAMA if i < 4 else decoder()}
    model = {"type": "WordLevel", "vocab": table(TOKENS), "unk_token": "x"}
    tokenizer = Tokenizer.from_str(json.dumps({"version": "1.0", "truncation": None, "padding": None, "pre_tokenizer": None, "post_processor": None, **parts, "model": model}))
    byte_ids = [id for token, id in model["vocab"].items() if token.startswith("<0x")]
    size = tokenizer.get_vocab_size()
    cases = []
    for _ in range(6):
        ids = [R.choice(byte_ids) if R.random() < 0.35 else R.randrange(size) for _ in range(R.choice([0, 1, 2, 4, 8, 16]))]
        ids = [id for id in ids for _ in range(R.choice([1, 1, 1, 2]))]
        skip = R.random() < 0.5
        try:
            cases.append([ids, skip, tokenizer.decode(ids, skip_special_tokens=skip)])
        except BaseException:
            continue
    return {"parts": parts, "cases": cases}


encodings = [record for record in (encode_record() for _ in range(130)) if record and record["cases"]][:90]
decodings = [decode_record(i) for i in range(90)]
golden = {"tokenizers": tokenizers.__version__, "models": MODELS, "encodings": encodings, "tokens": TOKENS, "decodings": decodings}
(Path(__file__).parent / "wiring.json").write_text(json.dumps(golden, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
