"""The cleaning steps of datatrove that answer to ours, on JSON lines: python cleaning_peer.py FOLDER WORDS

FOLDER holds en/*.jsonl and zh/*.jsonl, two files each. WORDS is `default` (spaCy, and jieba for Chinese) or `split`
(words between white space, for comparison: the cheapest there is). Prints JSON: seconds, documents kept.
"""
import glob
import json
import os
import sys
import time

from datatrove.executor.local import LocalPipelineExecutor
from datatrove.pipeline.filters import (
    C4QualityFilter,
    FineWebQualityFilter,
    GopherQualityFilter,
    GopherRepetitionFilter,
)
from datatrove.pipeline.filters import fineweb_quality_filter, gopher_quality_filter, gopher_repetition_filter
from datatrove.pipeline.formatters import FTFYFormatter
from datatrove.pipeline.readers import JsonlReader
from datatrove.pipeline.writers import JsonlWriter

folder, words = sys.argv[1:]
if words == "split":
    for module in (gopher_repetition_filter, gopher_quality_filter, fineweb_quality_filter):
        module.split_into_words = lambda text, language=None: text.split()


def main():
    began = time.perf_counter()
    for name, language in (("en", "en"), ("zh", "cmn_Hani")):
        executor = LocalPipelineExecutor(
            pipeline=[
                JsonlReader(os.path.join(folder, name)),
                FTFYFormatter(normalization="NFC"),
                GopherRepetitionFilter(language=language),
                GopherQualityFilter(language=language, min_avg_word_length=1 if name == "zh" else 3),
                C4QualityFilter(language=language, min_words_per_line=-1 if name == "zh" else 3, min_num_sentences=1),
                FineWebQualityFilter(language=language),
                JsonlWriter(os.path.join(folder, "out", name)),
            ],
            tasks=2,
            workers=2,
            logging_dir=os.path.join(folder, "logs", words, name),
            start_method="fork",
        )
        executor.run()
    seconds = time.perf_counter() - began
    print("RESULT " + json.dumps({"seconds": seconds, "kept": len(glob.glob(os.path.join(folder, "out", "*", "*")))}))


if __name__ == "__main__":
    main()
