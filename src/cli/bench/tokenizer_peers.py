"""
The Python encoders of `athanor bench tokenizer`, driven by lines: a pass over texts, its time and tokens as the answer.
Argument: JSON {encoder: tokenizers|tiktoken, tokenizer: path, texts: path, pattern?: str}.
"""
import json
import os
import sys
import time

os.environ["TOKENIZERS_PARALLELISM"] = "false"  # one thread, as everyone here
task = json.loads(sys.argv[1])
with open(task["texts"], encoding="utf-8") as file:
    kinds = json.load(file)


def load():
    if task["encoder"] == "tokenizers":
        import tokenizers

        tokenizer = tokenizers.Tokenizer.from_file(task["tokenizer"])
        return tokenizers.__version__, lambda text: tokenizer.encode(text, add_special_tokens=False).ids
    import tiktoken

    letters = [*range(33, 127), *range(161, 173), *range(174, 256)]
    alphabet = {chr(byte): byte for byte in letters}
    alphabet.update({chr(256 + i): byte for i, byte in enumerate(b for b in range(256) if b not in letters)})
    with open(task["tokenizer"], encoding="utf-8") as file:
        model = json.load(file)["model"]
    ranks = {
        bytes(alphabet[char] for char in token): rank
        for token, rank in model["vocab"].items()
        if all(char in alphabet for char in token)
    }
    encoding = tiktoken.Encoding("bench", pat_str=task["pattern"], mergeable_ranks=ranks, special_tokens={})
    return tiktoken.__version__, encoding.encode_ordinary


version, encode = load()
print(json.dumps({"version": version}), flush=True)
for line in sys.stdin:
    command = json.loads(line)
    texts = kinds[command["text"]][command["from"] : command["to"]]
    begin = time.perf_counter()
    tokens = 0
    for text in texts:
        tokens += len(encode(text))
    print(json.dumps({"seconds": time.perf_counter() - begin, "tokens": tokens}), flush=True)
