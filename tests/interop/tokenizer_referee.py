"""
The referees: encodes and decodes texts with PyPI's tokenizers, tiktoken or sentencepiece.

Usage: tokenizer_referee.py JOB.json
JOB: {"kind": "tokenizers" | "tiktoken" | "sentencepiece", "file": vocabulary, "texts": JSON list of strings,
      "out": where the answer goes, "mode": "hash" | "full" | "cases", ...}
mode hash:  one record a text of little-endian uint32: number of tokens, then CRC-32 of the ids, offsets (code points),
            tokens, and decoded text. Small enough to keep, and to compare 200,000 texts. Before the text of index
            "fullFrom" only every "fullEvery"th has offsets and tokens (making Python's lists of them takes longest).
mode full:  JSON, everything known of each text (to show a difference).
mode cases: JSON; every text is an object with settings of its own (pairs, truncation, padding, special tokens).
"""

import base64
import itertools
import json
import sys
import zlib
from array import array


def crc(data):
    return zlib.crc32(data if isinstance(data, bytes) else data.encode("utf-8"))


class Tokenizers:
    def __init__(self, job):
        from tokenizers import Tokenizer

        self.tokenizer = Tokenizer.from_file(job["file"])
        if not job.get("keepTruncation"):
            self.tokenizer.no_truncation()
            self.tokenizer.no_padding()
        self.special = job.get("addSpecialTokens", True)

    def full(self, texts):
        for encoding in self.tokenizer.encode_batch(texts, add_special_tokens=self.special):
            yield self.fields(encoding)

    def fields(self, encoding):
        return {
            "ids": encoding.ids,
            "token_type_ids": encoding.type_ids,
            "tokens": encoding.tokens,
            "offsets": encoding.offsets,
            "word_ids": encoding.word_ids,
            "sequence_ids": encoding.sequence_ids,
            "special_tokens_mask": encoding.special_tokens_mask,
            "attention_mask": encoding.attention_mask,
            "text": self.tokenizer.decode(encoding.ids, skip_special_tokens=False),
            "plain": self.tokenizer.decode(encoding.ids, skip_special_tokens=True),
            "overflowing": [self.fields(one) for one in encoding.overflowing],
        }

    def hashes(self, texts, full):
        encodings = self.tokenizer.encode_batch(texts, add_special_tokens=self.special)
        lists = [encoding.ids for encoding in encodings]
        decoded = self.tokenizer.decode_batch(lists, skip_special_tokens=False)
        for encoding, ids, text, whole in zip(encodings, lists, decoded, full):
            offsets = tokens = 0
            if whole:
                offsets = crc(array("I", itertools.chain.from_iterable(encoding.offsets)).tobytes())
                tokens = crc("\0".join(encoding.tokens))
            yield len(ids), crc(array("I", ids).tobytes()), offsets, tokens, crc(text)

    def case(self, case):
        """One text or pair with its own settings."""
        tokenizer = self.tokenizer
        tokenizer.no_truncation()
        tokenizer.no_padding()
        inputs = [tuple(text) if isinstance(text, list) else text for text in case["texts"]]
        try:
            if case.get("truncation"):
                tokenizer.enable_truncation(**case["truncation"])
            if case.get("padding"):
                tokenizer.enable_padding(**case["padding"])
            tokenizer.encode_special_tokens = case.get("plainSpecial", False)
            encodings = tokenizer.encode_batch(inputs, add_special_tokens=case.get("addSpecialTokens", True))
        except BaseException as error:  # a panic in Rust is no Exception
            return {"error": str(error)}
        return {"encodings": [self.fields(encoding) for encoding in encodings]}

    def vocabulary(self):
        return self.tokenizer.get_vocab(with_added_tokens=True)


class Tiktoken:
    def __init__(self, job):
        import tiktoken
        from tiktoken_ext import openai_public

        with open(job["file"], "rb") as file:
            ranks = {base64.b64decode(token): int(rank) for token, rank in (line.split() for line in file if line.strip())}
        # Its pattern and special tokens come from the package itself; only the ranks, which it would download, are given.
        openai_public.load_tiktoken_bpe = lambda *_, **__: ranks
        openai_public.data_gym_to_mergeable_bpe_ranks = lambda *_, **__: ranks
        self.encoding = tiktoken.Encoding(**openai_public.ENCODING_CONSTRUCTORS[job["encoding"]]())

    def record(self, text):
        ids = self.encoding.encode(text, allowed_special="all")
        return {"ids": ids, "text": self.encoding.decode(ids)}

    def full(self, texts):
        return map(self.record, texts)

    def hashes(self, texts, _full):
        for text in texts:
            record = self.record(text)
            yield len(record["ids"]), crc(array("I", record["ids"]).tobytes()), 0, 0, crc(record["text"])

    def case(self, case):
        allowed = case.get("allowed", [])
        disallowed = case.get("disallowed", [])
        (text,) = case["texts"]
        try:
            ids = self.encoding.encode(
                text,
                allowed_special=allowed if allowed == "all" else set(allowed),
                disallowed_special=disallowed if disallowed == "all" else set(disallowed),
            )
        except ValueError as error:
            return {"error": str(error)}
        return {"ids": ids, "text": self.encoding.decode(ids)}


class SentencePiece:
    def __init__(self, job):
        import sentencepiece

        self.processor = sentencepiece.SentencePieceProcessor(model_file=job["file"])
        self.slots = job.get("fields", ["ids", "text"])

    def record(self, text):
        ids = self.processor.encode(text)
        return {"ids": ids, "tokens": self.processor.encode(text, out_type=str), "text": self.processor.decode(ids)}

    def full(self, texts):
        return map(self.record, texts)

    def hashes(self, texts, _full):
        for text in texts:
            record = self.record(text)
            ids = array("I", record["ids"]).tobytes()
            yield len(record["ids"]), crc(ids), 0, crc("\0".join(record["tokens"])), crc(record["text"])


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        job = json.load(file)
    referee = {"tokenizers": Tokenizers, "tiktoken": Tiktoken, "sentencepiece": SentencePiece}[job["kind"]](job)
    with open(job["texts"], encoding="utf-8") as file:
        texts = json.load(file)
    if job["mode"] == "hash":
        out = array("I")
        every, rest = job.get("fullEvery", 1), job.get("fullFrom", 0)
        full = [i >= rest or i % every == 0 for i in range(len(texts))]
        for start in range(0, len(texts), 2000):
            for record in referee.hashes(texts[start : start + 2000], full[start : start + 2000]):
                out.extend(record)
        with open(job["out"], "wb") as file:
            file.write(out.tobytes())
    else:
        answers = [referee.case(case) for case in texts] if job["mode"] == "cases" else list(referee.full(texts))
        with open(job["out"], "w", encoding="utf-8") as file:
            json.dump(answers, file)


main()
