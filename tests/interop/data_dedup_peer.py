"""Reads texts (a JSON list) from a file; prints what mmh3 and datasketch make of them."""
import json
import sys

import mmh3
from datasketch import MinHash, MinHashLSH

texts = json.load(open(sys.argv[1], encoding="utf-8"))
hashes = [mmh3.hash_bytes(text.encode("utf-16-le", "surrogatepass"), 5, False).hex() for text in texts]


def grams(text, n=5):
    points = list(text)
    return {"".join(points[i : i + n]) for i in range(max(1, len(points) - n + 1))}


# As careful as datasketch can be: many permutations, and every candidate verified.
index = MinHashLSH(threshold=0.8, num_perm=256, weights=(0.1, 0.9))
kept, dropped = {}, []
for i, text in enumerate(texts):
    own = grams(text)
    signature = MinHash(num_perm=256)
    signature.update_batch([gram.encode("utf-8", "surrogatepass") for gram in own])
    twins = [j for j in index.query(signature) if len(own & kept[j]) >= 0.8 * len(own | kept[j])]
    if twins:
        dropped.append([i, min(twins)])
        continue
    index.insert(i, signature)
    kept[i] = own
print(json.dumps({"hashes": hashes, "dropped": dropped}))
