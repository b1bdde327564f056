"""datatrove's n-gram decontamination of a corpus: python decontamination_peer.py QUERIES.jsonl CORPUS.jsonl WORK_DIR N
Prints JSON: the ids of the documents that it drops, and the seconds of index and filter. Its indexer reads tasks of
lighteval; the hashes of our queries are made by the same function and written as it writes them."""
import json
import os
import shutil
import sys
import time

import numpy as np
from loguru import logger

logger.remove()
from datatrove.data import Document  # noqa: E402
from datatrove.pipeline.decont.n_grams import NGramsDecontConfig, NGramsDecontFilter, NGramsDecontIndexer  # noqa: E402
from datatrove.utils.hashing import HashConfig  # noqa: E402
from datatrove.utils.typeshelper import Languages  # noqa: E402

queries, corpus, work, n = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])


def read(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


NGramsDecontIndexer._requires_dependencies = []
# Its default, xxhash, does not take strings any more in the version that is installed with it.
hashing = HashConfig(hash_fc="sha1", precision=64)
config = NGramsDecontConfig(n_grams=n, find_query_ngrams=True, hash_config=hashing)
rows, documents = read(queries), read(corpus)
dropped, seconds = [], 0.0
for key, language in {"en": Languages.english, "zh": Languages.mandarin_chinese}.items():
    folder = os.path.join(work, key)
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    indexer = NGramsDecontIndexer(folder, config=config, language=language)
    indexer.compute_hashes("warm up", "预热")  # loads the word splitter
    began = time.perf_counter()
    hashes = set()
    for row in rows:
        if row["language"] == key:
            hashes.update(indexer.compute_hashes("", row["query"]))
    np.array(list(hashes), dtype=config.hash_config.np_descr).tofile(os.path.join(folder, "all.index.hashes"))
    step = NGramsDecontFilter(folder, config=config, language=language)
    for row in documents:
        if row["language"] == key and step.filter(Document(text=row["text"], id=row["id"])) is not True:
            dropped.append(row["id"])
    seconds += time.perf_counter() - began
print(json.dumps({"ids": dropped, "seconds": seconds}))
