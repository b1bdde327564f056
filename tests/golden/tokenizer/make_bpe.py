"""
Makes bpe.json: what the BPE model of Hugging Face's `tokenizers` does under each of its settings, on random words over
a few characters. Run: pip install -r ../../interop/requirements-tokenizers.txt && python make_bpe.py
"""
import json
import random
from pathlib import Path

import tokenizers
from tokenizers import models

here = Path(__file__).parent
rng = random.Random(5)
LETTERS = list("ab") + ["é", "中", "😀"]
UNKNOWN = ["z", "ß", "龍", "🤖"]


def vocabulary(prefix, suffix, special):
    """Tokens with merges over the letters, in the form that prefix and suffix give them."""
    vocab = list(special)
    for letter in LETTERS:
        for form in {letter, prefix + letter, letter + suffix, prefix + letter + suffix}:
            vocab.append(form)
    merges = []
    # A right part carries the prefix; what has the suffix takes nothing more.
    while len(merges) < 60:
        left, right = rng.choice(vocab[len(special):]), rng.choice(vocab[len(special):])
        if suffix and left.endswith(suffix) or prefix and not right.startswith(prefix):
            continue
        joined = left + right[len(prefix):]
        if (left, right) in merges or len(joined) > 14:
            continue
        merges.append((left, right))
        if joined not in vocab:
            vocab.append(joined)
    return {token: i for i, token in enumerate(dict.fromkeys(vocab))}, merges


BYTES = [f"<0x{byte:02X}>" for byte in range(256)]
CASES = [
    {},
    {"unk_token": "<unk>"},
    {"unk_token": "<unk>", "fuse_unk": True},
    {"unk_token": "<unk>", "fuse_unk": True, "byte_fallback": True},
    {"unk_token": "<unk>", "fuse_unk": True, "byte_fallback": True, "few_bytes": True},
    {"byte_fallback": True},
    {"ignore_merges": True, "unk_token": "<unk>"},
    {"end_of_word_suffix": "</w>", "unk_token": "<unk>"},
    {"continuing_subword_prefix": "##", "unk_token": "<unk>"},
    {"continuing_subword_prefix": "##", "end_of_word_suffix": "</w>", "unk_token": "<unk>", "fuse_unk": True},
]


def word():
    pool = LETTERS * 4 + (UNKNOWN if rng.random() < 0.5 else [])
    length = rng.choice([1, 2, 3, 5, 8, 13, 30, 80, 130])
    return "".join(rng.choice(pool) for _ in range(length))


out = []
for case in CASES:
    settings = dict(case)
    few = settings.pop("few_bytes", False)
    special = ["<unk>"] if "unk_token" in settings else []
    if settings.get("byte_fallback"):
        special += [b for b in BYTES if not few or b != "<0xE9>"]
    vocab, merges = vocabulary(
        settings.get("continuing_subword_prefix", ""), settings.get("end_of_word_suffix", ""), special
    )
    model = models.BPE(vocab=vocab, merges=merges, **settings)
    rows = []
    for _ in range(60):
        text = word()
        found = model.tokenize(text)
        rows.append([text, [t.id for t in found], [list(t.offsets) for t in found]])
    out.append({"settings": settings, "vocab": vocab, "merges": merges, "rows": rows})

golden = {"made_by": f"tokenizers {tokenizers.__version__}", "cases": out}
(here / "bpe.json").write_text(json.dumps(golden, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
