"""
Makes text-models.json: what Hugging Face's `tokenizers` and `sentencepiece` learn from ../corpus.json with their Unigram,
WordPiece and WordLevel trainers, and how `tokenizers` encodes with the learned models.
Run: pip install -r ../../../interop/requirements-tokenizers.txt sentencepiece==0.2.3 && python make_text_models.py
"""
import io
import json
import random
import subprocess
import sys
import unicodedata
from pathlib import Path

import sentencepiece
import tokenizers
from sentencepiece import SentencePieceProcessor, SentencePieceTrainer
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers

here = Path(__file__).parent
corpus = json.loads((here.parent / "corpus.json").read_text(encoding="utf-8"))
# SentencePiece takes lines; NFKC and single spaces leave its normalizer nothing to do.
lines = [" ".join(unicodedata.normalize("NFKC", line).split()) for text in corpus for line in text.split("\n")]
lines = [line for line in lines if line]


def unigram(vocab_size, **options):
    model = io.BytesIO()
    SentencePieceTrainer.train(
        sentence_iterator=iter(lines), model_writer=model, model_type="unigram", vocab_size=vocab_size,
        normalization_rule_name="identity", num_threads=1, max_sentence_length=100000, minloglevel=2, **options,
    )
    sp = SentencePieceProcessor(model_proto=model.getvalue())
    ids = range(sp.get_piece_size())
    return {
        "type": "Unigram",
        "unk_id": sp.unk_id(),
        "vocab": [[sp.id_to_piece(i), sp.get_score(i)] for i in ids],
        "byte_fallback": any(sp.is_byte(i) for i in ids),
    }


def word_piece(vocab_size):
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    trainer = trainers.WordPieceTrainer(vocab_size=vocab_size, special_tokens=special, show_progress=False)
    tokenizer.train_from_iterator(corpus, trainer)
    return json.loads(tokenizer.to_str())["model"]


def word_level(**options):
    tokenizer = Tokenizer(models.WordLevel(unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    trainer = trainers.WordLevelTrainer(special_tokens=["<|endoftext|>", "<unk>"], show_progress=False, **options)
    tokenizer.train_from_iterator(corpus, trainer)
    return json.loads(tokenizer.to_str())["model"]


def stable_word_piece(least):
    """The trainer's result hangs on a random seed where pairs are equally frequent: a size where six runs agree."""
    for size in range(least, least + 200):
        runs = [
            subprocess.run([sys.executable, __file__, "word-piece", str(size)], capture_output=True, check=True).stdout
            for _ in range(6)
        ]
        if all(run == runs[0] for run in runs):
            return {"vocabSize": size, "tokens": json.loads(runs[0])}
    raise SystemExit("no size where the runs agree")


def load(model):
    empty = ["truncation", "padding", "normalizer", "pre_tokenizer", "post_processor", "decoder"]
    file = {"version": "1.0", "added_tokens": [], "model": model, **{key: None for key in empty}}
    return Tokenizer.from_str(json.dumps(file)).model


def units(text):
    """UTF-8 offset → UTF-16 offset."""
    table, at = {}, 0
    for char in text:
        table[len(table)] = at
        for _ in range(len(char.encode()) - 1):
            table[len(table)] = -1
        at += 2 if ord(char) > 0xFFFF else 1
    table[len(table)] = at
    return table


def encode(model, pieces):
    loaded, rows = load(model), []
    for piece in pieces:
        table, tokens = units(piece), loaded.tokenize(piece)
        rows.append([piece, [t.id for t in tokens], [table[at] for t in tokens for at in t.offsets]])
    return rows


def pieces(count, seed):
    pick = random.Random(seed)
    parts = ["a", "b", "the", "ing", "▁", "▁▁", "9", "99", "。", "，", "的", "不", "é", "e\u0301", "\u0301", "😀", "👨‍👩‍👧", "<unk>",
             "<s>", "<0x0A>", "##", "[UNK]", "\U00020000", "\U0010ffff", "\ue000", "\n", "\t", "\0", "ß", "ไทย", "한국"]
    real = pick.sample(lines, count)
    return (
        ["▁" + line.replace(" ", "▁") for line in real]
        + [pick.choice(line.split()) for line in real]
        + ["".join(pick.choices(parts, k=pick.randint(1, 12))) for _ in range(2 * count)]
    )


if sys.argv[1:2] == ["word-piece"]:
    print(json.dumps(sorted(word_piece(int(sys.argv[2]))["vocab"]), ensure_ascii=False))
    raise SystemExit

plain, lossless = unigram(2500, character_coverage=0.98), unigram(2200, character_coverage=0.98, byte_fallback=True)
level = word_level(vocab_size=400, min_frequency=3)
loaded = load(plain)
golden = {
    "versions": {"tokenizers": tokenizers.__version__, "sentencepiece": sentencepiece.__version__},
    "unigram": {
        "lines": lines,
        "tokens": sum(len(loaded.tokenize("▁" + line.replace(" ", "▁"))) for line in lines),
    },
    "wordPiece": stable_word_piece(3000),
    "wordLevel": {"vocabSize": 400, "minFrequency": 3, "model": level},
    "encoded": [
        {"model": plain, "rows": encode(plain, pieces(60, 1))},
        {"model": lossless, "rows": encode(lossless, pieces(60, 2))},
        {"model": (piece := word_piece(2000)), "rows": encode(piece, pieces(60, 3))},
        {"model": level, "rows": encode(level, pieces(30, 4))},
    ],
}
(here / "text-models.json").write_text(json.dumps(golden, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
