"""One peer on one corpus: python dedup_peer.py PEER CORPUS.jsonl WORK_DIR CORES. Prints JSON: seconds, dropped ids.
Documents are read from JSON Lines and the kept ones written as JSON Lines, inside the time measured; imports are not.
With FEATURES=1 in the environment it also writes each document's own n-grams, for the exact comparison of all pairs."""
import json
import os
import re
import shutil
import sys
import time
from multiprocessing import get_context

peer, corpus, work, cores = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
shutil.rmtree(work, ignore_errors=True)
os.makedirs(work)


def cpu():
    """Seconds of this process and of the children that it has waited for."""
    return sum(os.times()[:4])


def since(began):
    return time.perf_counter() - began[0], cpu() - began[1]


def read(path=corpus):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def write(rows, name="kept.jsonl"):
    with open(os.path.join(work, name), "w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


WORD = re.compile(r"\W", re.UNICODE)


def characters(text, n=5):
    """Character n-grams of letters and digits, lower case: what near-dedup compares."""
    import unicodedata

    text = re.sub(r"[\W_]+", " ", unicodedata.normalize("NFKC", text).lower()).strip()
    text = re.sub(r"(?<=[\u3040-\u30ff\u3400-\u9fff]) | (?=[\u3040-\u30ff\u3400-\u9fff])", "", text)
    return {text[i : i + n] for i in range(max(1, len(text) - n + 1))}


def sketch(text):
    from datasketch import MinHash

    signature = MinHash(num_perm=128)
    signature.update_batch([gram.encode() for gram in characters(text)])
    return signature


def datasketch():
    from datasketch import MinHash, MinHashLSH  # noqa: F401

    began = (time.perf_counter(), cpu())
    rows = read()
    pool = get_context("fork").Pool(cores)
    signatures = pool.map(sketch, [row["text"] for row in rows], chunksize=64)
    pool.close()
    pool.join()
    index = MinHashLSH(threshold=0.8, num_perm=128)
    kept, dropped = [], []
    for row, signature in zip(rows, signatures):
        if index.query(signature):
            dropped.append(row["id"])
        else:
            index.insert(row["id"], signature)
            kept.append(row)
    write(kept)
    return since(began), dropped, lambda row: characters(row["text"])


def datatrove():
    from loguru import logger

    logger.remove()
    from datatrove.executor.local import LocalPipelineExecutor
    from datatrove.pipeline.dedup.minhash import (
        MinhashConfig,
        MinhashDedupBuckets,
        MinhashDedupCluster,
        MinhashDedupFilter,
        MinhashDedupSignature,
    )
    from datatrove.pipeline.readers import JsonlReader
    from datatrove.pipeline.writers.jsonl import JsonlWriter
    from datatrove.utils.hashing import HashConfig
    from datatrove.utils.typeshelper import Languages

    # The settings of examples/fineweb.py, in one language each, as its word splitter wants.
    config = MinhashConfig(hash_config=HashConfig(hash_fc="sha1", precision=64), num_buckets=14, hashes_per_bucket=8, n_grams=5)
    languages = {"en": Languages.english, "zh": Languages.mandarin_chinese}
    rows = read()
    for language in languages:
        # A file a core, which is its unit of parallel work.
        mine = [row for row in rows if row["language"] == language]
        os.makedirs(f"{work}/{language}")
        for core in range(cores):
            write(mine[core::cores], f"{language}/{core}.jsonl")
        MinhashDedupSignature(f"{work}/warm", config, languages[language]).get_shingles("warm up 预热")  # loads spaCy

    began = (time.perf_counter(), cpu())
    for language, name in languages.items():
        base = f"{work}/{language}"

        def run(pipeline, tasks, workers):
            LocalPipelineExecutor(pipeline=pipeline, tasks=tasks, workers=workers, logging_dir=f"{work}/logs-{len(os.listdir(work))}", skip_completed=False, start_method="fork").run()

        reader = JsonlReader(base, glob_pattern="*.jsonl")
        run([reader, MinhashDedupSignature(f"{base}-sigs", config, name)], cores, cores)
        run([MinhashDedupBuckets(f"{base}-sigs", f"{base}-buckets", config=config)], 14, cores)
        run([MinhashDedupCluster(f"{base}-buckets", f"{base}-remove", config=config)], 1, 1)
        run([reader, MinhashDedupFilter(f"{base}-remove", exclusion_writer=JsonlWriter(f"{base}-dropped", compression=None)), JsonlWriter(f"{base}-kept", compression=None)], cores, cores)
    seconds = since(began)
    dropped = []
    for language in languages:
        for file in sorted(os.listdir(f"{work}/{language}-dropped")):
            dropped += [row["id"] for row in read(f"{work}/{language}-dropped/{file}")]
    steps = {key: MinhashDedupSignature(f"{work}/warm", config, name) for key, name in languages.items()}
    return seconds, dropped, lambda row: set(steps[row["language"]].get_shingles(row["text"]).ravel().tolist())


def text_dedup():
    """text-dedup 0.4's own functions, as its minhash.py puts them together, without its command line."""
    import datasets
    import numpy as np

    datasets.disable_progress_bars()
    from text_dedup.minhash import embed_func
    from text_dedup.utils import UnionFind, ngrams, optimal_param, sha1_hash

    began = (time.perf_counter(), cpu())
    ds = datasets.load_dataset("json", data_files=corpus, split="train", cache_dir=f"{work}/cache")
    ds = ds.map(lambda _, i: {"__index__": i}, with_indices=True, num_proc=cores)
    b, r = optimal_param(0.8, 128, 0.5, 0.5)
    rng = np.random.RandomState(42)
    prime = np.uint64((1 << 61) - 1)
    embedded = ds.map(
        function=embed_func,
        fn_kwargs={
            "num_perm": 128,
            "hashranges": [(i * r, (i + 1) * r) for i in range(b)],
            "ngram_size": 5,
            "min_length": 0,
            "permutations": (rng.randint(1, prime, size=(128,), dtype=np.uint64), rng.randint(0, prime, size=(128,), dtype=np.uint64)),
            "hash_func": sha1_32,
            "dtype": np.uint64,
            "max_hash": np.uint32((1 << 32) - 1),
            "modulo_prime": prime,
        },
        input_columns=["text", "__index__"],
        remove_columns=[name for name in ds.column_names if name != "__index__"],
        num_proc=cores,
    )
    union = UnionFind()
    tables = [{} for _ in range(b)]
    for key, signatures in zip(embedded["__index__"], embedded["__signatures__"]):
        for table, signature in zip(tables, signatures):
            table.setdefault(signature, set()).add(key)
    for table in tables:
        for cluster in table.values():
            for one in cluster:
                union.union(one, min(cluster))
    final = ds.filter(lambda row: union.find(row["__index__"]) == row["__index__"], num_proc=cores)
    final.to_json(f"{work}/kept.jsonl", force_ascii=False)
    seconds = since(began)
    kept = set(final["id"])
    return (
        seconds,
        [row["id"] for row in read() if row["id"] not in kept],
        lambda row: {" ".join(gram) for gram in ngrams(WORD.split(row["text"].lower()), 5, 0)},
    )


def sha1_32(data):
    from text_dedup.utils import sha1_hash

    return sha1_hash(data, d=32)


seconds, dropped, features = {"datasketch": datasketch, "datatrove": datatrove, "text-dedup": text_dedup}[peer]()
if os.environ.get("FEATURES"):
    numbers = {}
    with open(os.path.join(work, "features.jsonl"), "w") as file:
        for row in read():
            file.write(json.dumps([numbers.setdefault(one, len(numbers)) for one in features(row)]) + "\n")
print(json.dumps({"seconds": seconds[0], "cpu": seconds[1], "dropped": dropped}))
