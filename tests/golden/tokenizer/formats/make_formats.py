"""
Writes the files that formats.test.ts reads: small SentencePiece models and tiktoken ranks with what PyPI's
sentencepiece and tiktoken make of texts. Needs both; run it in this folder: python make_formats.py
"""
import base64
import io
import json
import pathlib
import random

import sentencepiece
import tiktoken

here = pathlib.Path(__file__).parent
corpus = json.loads((here.parent / "corpus.json").read_text(encoding="utf-8"))
rng = random.Random(11)
# Few characters, so that the models stay small.
plain = [line for line in corpus if line.isascii()]

RULES = {
    "\t": " ", "\u3000": " ", "\u00a0": " ", "\u200b": "", "ﬁ": "fi", "㎏": "kg", "Ａ": "A", "ａ": "a", "１": "1",
    "e\u0301": "é", "a\u0308": "ä", "a\u0308\u0301": "ấ", "カ\u3099": "ガ", "ｶﾞ": "ガ", "①": "(1) ", "𝒜": "A",
}
PARTS = [
    *RULES, *"床前明月光疑是地上霜，。", "Hello", " world", "the ", "of", "naïve", "😀", "👩‍👩‍👧", "🇨🇳", "\0", "\u0301", "\n", "\r\n",
    " ", "  ", "   ", "▁", "▁▁", " ▁ ", "<s>", "</s>", "<unk>", "<0x41>", "<sep>", "a b", "foo", "foobar", "fo", "12", "345",
    "don't", "'LL", "...", "\ufffd", "\ue000", "\U0010ffff", "e", "a", "\u0308",
]
lines = [line for line in corpus if line.strip()][::18][:40]
lines += ["".join(rng.choice(PARTS) for _ in range(rng.randint(0, 12))) for _ in range(150)]
lines += ["", " ", "   ", "▁", "a" * 300, "ab" * 200, "\u0301" * 50]

SYMBOLS = ["<sep>", "foo", "foobar", "a b", "①"]
MODELS = {
    "unigram": dict(model_type="unigram", vocab_size=420, user_defined_symbols=SYMBOLS),
    "unigram-plain": dict(model_type="unigram", vocab_size=420, add_dummy_prefix=False, remove_extra_whitespaces=False,
                          split_by_whitespace=False, normalization_rule_name="identity", unk_surface="<?>"),
    "unigram-bytes": dict(model_type="unigram", vocab_size=600, byte_fallback=True, treat_whitespace_as_suffix=True,
                          pad_id=3, denormalization_rule_tsv="@denorm"),
    "bpe": dict(model_type="bpe", vocab_size=420, user_defined_symbols=SYMBOLS),
    "bpe-bytes": dict(model_type="bpe", vocab_size=700, byte_fallback=True, remove_extra_whitespaces=False,
                      split_digits=True, normalization_rule_name="identity", allow_whitespace_only_pieces=True),
    "word": dict(model_type="word", vocab_size=300, hard_vocab_limit=False),
    "char": dict(model_type="char", vocab_size=300, hard_vocab_limit=False, user_defined_symbols=SYMBOLS),
}


def tsv(path, rules):
    row = lambda text: " ".join(f"{ord(c):X}" for c in text)
    path.write_text("".join(f"{row(a)}\t{row(b)}\n" for a, b in rules.items()), encoding="utf-8")
    return path.name  # the model remembers it


def train(name, settings):
    rules = tsv(here / "rules.tsv", RULES)
    denorm = tsv(here / "denorm.tsv", {"，": ", ", "é": "e'"})
    settings = {k: denorm if v == "@denorm" else v for k, v in settings.items()}
    if "normalization_rule_name" not in settings:
        settings["normalization_rule_tsv"] = rules
    out = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(plain), model_writer=out, num_threads=1, minloglevel=2, character_coverage=0.98, **settings)
    for path in (rules, denorm):
        (here / path).unlink()
    (here / f"{name}.model").write_bytes(out.getvalue())
    return sentencepiece.SentencePieceProcessor(model_proto=out.getvalue())


cases = []
for name, settings in MODELS.items():
    model = train(name, settings)
    size = model.get_piece_size()
    spaced = [i for i in range(size) if i < 280 or model.id_to_piece(i).startswith("▁")]
    runs = [[rng.choice(spaced) for _ in range(rng.randint(0, 7))] for _ in range(80)]
    ids = [model.encode(line) for line in lines]
    cases.append({
        "name": name, "ids": ids, "texts": [model.decode(i) for i in ids], "normalized": [model.normalize(line) for line in lines],
        "runs": runs, "runTexts": [model.decode(i) for i in runs],
    })

# tiktoken: the ranks are those of byte pairs of the corpus, once in the order of learning and once in any.
PATTERN = r"""'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s"""


def learn(texts, count):
    words = [[bytes([b]) for b in word.encode()] for text in texts for word in text.split(" ")]
    ranks = {bytes([b]): b for b in range(256)}
    while len(ranks) < count:
        pairs = {}
        for word in words:
            for pair in zip(word, word[1:]):
                pairs[pair] = pairs.get(pair, 0) + 1
        best = max(pairs, key=lambda pair: (pairs[pair], pair))
        ranks[best[0] + best[1]] = len(ranks)
        for word in words:
            i = 0
            while i + 1 < len(word):
                if (word[i], word[i + 1]) == best:
                    word[i:i + 2] = [best[0] + best[1]]
                i += 1
    return ranks


learned = learn(corpus[::4], 420)
shuffled = list(learned)
rng.shuffle(shuffled)
tiktokens = []
for name, ranks in (("learned", learned), ("shuffled", {token: i for i, token in enumerate(shuffled)})):
    special = {"<|endoftext|>": 425, "<|x|>": 430}
    encoding = tiktoken.Encoding(name, pat_str=PATTERN, mergeable_ranks=ranks, special_tokens=special)
    tiktokens.append({
        "name": name, "pattern": PATTERN, "specialTokens": special,
        "ranks": "".join(f"{base64.b64encode(token).decode()} {rank}\n" for token, rank in ranks.items()),
        "ids": [encoding.encode_ordinary(line) for line in lines],
        "special": encoding.encode("a<|x|> b<|endoftext|>", allowed_special="all"),
    })

data = {"sentencepiece": sentencepiece.__version__, "tiktoken": tiktoken.__version__, "lines": lines, "models": cases,
        "encodings": tiktokens}
(here / "formats.json").write_text(json.dumps(data, ensure_ascii=True, separators=(",", ":")) + "\n", encoding="utf-8")
