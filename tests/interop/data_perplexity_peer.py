"""The referee of data-perplexity.test.ts: perplexities of texts by transformers, windows as in its guide to perplexity of
fixed-length models. Reads a job (JSON) from stdin, writes a list of results (JSON) to stdout."""
import json
import math
import sys

import torch
import transformers
from transformers import AutoModelForCausalLM, AutoTokenizer

torch.set_num_threads(1)
transformers.logging.set_verbosity_error()
job = json.load(sys.stdin)
model = AutoModelForCausalLM.from_pretrained(job["directory"]).eval().float()
tokenizer = AutoTokenizer.from_pretrained(job["directory"])
start = tokenizer.bos_token_id if tokenizer.bos_token_id is not None else tokenizer.eos_token_id


def score(text):
    ids = torch.tensor([[start] + tokenizer(text, add_special_tokens=False).input_ids])
    length = ids.size(1)
    loss, tokens, previous = 0.0, 0, 0
    for begin in range(0, length, job["stride"]):
        end = min(begin + job["window"], length)
        labels = ids[:, begin:end].clone()
        labels[:, : -(end - previous)] = -100
        counted = int((labels[:, 1:] != -100).sum())
        with torch.no_grad():
            loss += model(ids[:, begin:end], labels=labels).loss.item() * counted
        tokens += counted
        previous = end
        if end == length:
            break
    return {
        "perplexity": math.exp(loss / tokens),
        "bits_per_byte": loss / math.log(2) / len(text.encode()),
        "tokens": tokens,
    }


print(json.dumps([score(text) for text in job["texts"]]))
