"""
Makes golden.json: what Hugging Face's `tokenizers` learns from and does with corpus.json.
Run: pip install -r ../../interop/requirements-tokenizers.txt && python make_golden.py
corpus.json: Tang and Song quatrains (chinese-poetry, MIT), tiny Shakespeare (public domain), a source file of this
project, and a few lines made to be awkward.
"""
import json
from pathlib import Path

import tokenizers
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

here = Path(__file__).parent
corpus = json.loads((here / "corpus.json").read_text(encoding="utf-8"))

GPT4 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
HAN = "[\u2e80-\u2fdf\u3005\u3007\u3021-\u3029\u3038-\u303b\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003fffd]"


def split(pattern):
    return pre_tokenizers.Split(Regex(pattern), behavior="isolated")


def pre_tokenizer(pattern):
    if pattern == "gpt2":
        return pre_tokenizers.ByteLevel(add_prefix_space=False)
    parts = {"gpt4": [split(GPT4)], "han-char": [split(HAN), split(GPT4)]}[pattern]
    return pre_tokenizers.Sequence([*parts, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])


def generated(seed, letters, count):
    """Short words over few letters: ties everywhere, and pairs whose concatenation exists already."""
    state, texts = seed, []
    for _ in range(count):
        state = (state * 1103515245 + 12345) % 2**31
        length, value, word = 2 + state // 65536 % 9, state, ""
        for _ in range(length):
            value = (value * 1103515245 + 12345) % 2**31
            word += letters[value // 65536 % len(letters)]
        texts.append(word)
    return texts


SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
CASES = [
    ("gpt2", "gpt2", None, 1500, 0, SPECIAL),
    ("gpt4", "gpt4", None, 1500, 0, SPECIAL),
    ("han-char", "han-char", None, 2500, 0, SPECIAL),
    ("minimum frequency", "gpt2", None, 5000, 5, []),
    ("special token spelled like a merge", "gpt2", None, 600, 2, ["the", "a"]),
    ("ties, two letters", "gpt2", generated(1, "ab", 200), 420, 0, []),
    ("ties, three letters", "gpt4", generated(2, "abc", 300), 600, 0, ["<s>"]),
    ("ties, exhausted", "gpt2", generated(3, "ab", 30), 2000, 0, []),
    ("ties, one letter", "gpt2", generated(4, "a", 60), 300, 0, []),
]

cases = []
for name, pattern, texts, vocab_size, min_frequency, special in CASES:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizer(pattern)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size, min_frequency=min_frequency, special_tokens=special, show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )
    tokenizer.train_from_iterator(corpus if texts is None else texts, trainer)
    model = json.loads(tokenizer.to_str())["model"]
    learned = sorted(model["vocab"].items(), key=lambda item: item[1])[len(special) + 256 :]
    case = {"name": name, "pattern": pattern, "vocabSize": vocab_size, "minFrequency": min_frequency, "specialTokens": special}
    if texts is not None:
        case["texts"] = texts
    case["vocabulary"] = len(model["vocab"])
    case["merges"] = [" ".join(pair) for pair in model["merges"]]
    case["learned"] = " ".join(token for token, _ in learned)
    if texts is None:
        case["ids"] = [tokenizer.encode(text).ids for text in corpus[::29] + corpus[-5:]]
    cases.append(case)


def metaspace(split):
    return pre_tokenizers.Metaspace(prepend_scheme="first", split=split)


BYTES = [f"<0x{byte:02X}>" for byte in range(256)]
WORDS = pre_tokenizers.Sequence([metaspace(True), split(r"[\r\n]+")])
# The limit of the alphabet lies where no two characters are equally frequent: else theirs is left to chance.
# Name, options of trainBpe, pre-tokenizer, special tokens, settings of the trainer.
SETTINGS = [
    ("Llama", {"alphabet": "characters"}, WORDS, SPECIAL + BYTES, {"vocab_size": 3600}),
    ("Llama, limits", {"alphabet": "characters", "limitAlphabet": 411, "maxTokenLength": 6}, WORDS, SPECIAL + BYTES,
     {"vocab_size": 1500, "limit_alphabet": 411, "max_token_length": 6}),
    ("characters, digits, initial alphabet",
     {"alphabet": "characters", "splitDigits": True, "pattern": "gpt4", "byteFallback": False, "initialAlphabet": ["é", "🐎x"]},
     pre_tokenizers.Sequence([pre_tokenizers.Digits(True), split(GPT4), metaspace(False)]), SPECIAL + ["<|unk|>"],
     {"vocab_size": 3000, "initial_alphabet": ["é", "🐎x"]}),
    ("bytes, digits, longest token", {"splitDigits": True, "maxTokenLength": 7, "minFrequency": 3},
     pre_tokenizers.Sequence([pre_tokenizers.Digits(True), pre_tokenizers.ByteLevel(add_prefix_space=False)]), SPECIAL,
     {"vocab_size": 1200, "max_token_length": 7, "min_frequency": 3,
      "initial_alphabet": pre_tokenizers.ByteLevel.alphabet()}),
]
settings = []
for name, options, pre, special, given in SETTINGS:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre
    tokenizer.train_from_iterator(corpus, trainers.BpeTrainer(special_tokens=special, show_progress=False, **given))
    model = json.loads(tokenizer.to_str())["model"]
    options = {**options, "vocabSize": given["vocab_size"], "specialTokens": SPECIAL}
    tokens = [token for token, _ in sorted(model["vocab"].items(), key=lambda item: item[1])]
    settings.append({"name": name, "options": options, "tokens": tokens[len(special):], "merges": [" ".join(pair) for pair in model["merges"]]})

golden = {"tokenizers": tokenizers.__version__, "cases": cases, "settings": settings}
(here / "golden.json").write_text(json.dumps(golden, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
