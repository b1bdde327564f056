"""The referee of transformers.test.ts: reads jobs (JSON) from stdin, writes their results (JSON) to stdout.

Needs what requirements-transformers.txt names, and torch 1.13 or newer.
"""
import base64
import json
import sys

import numpy
import onnx
import onnx.reference
import safetensors
import torch
import transformers
from transformers import AutoModelForCausalLM, AutoTokenizer

torch.set_num_threads(1)
transformers.logging.set_verbosity_error()


def loaded(directory):
    model = AutoModelForCausalLM.from_pretrained(directory).eval().float()
    return model, AutoTokenizer.from_pretrained(directory)


def open_model(job):
    """Logits, greedy ids, encoded and rendered texts of a model directory."""
    model, tokenizer = loaded(job["directory"])
    model.generation_config.eos_token_id = None  # go on after the end of text, as the test's own engine does
    with torch.no_grad():
        logits = [model(torch.tensor([ids])).logits[0].flatten().tolist() for ids in job["ids"]]
        prompt = torch.tensor([job["prompt"]])
        greedy = model.generate(
            prompt,
            attention_mask=torch.ones_like(prompt),
            max_new_tokens=job["new_tokens"],
            do_sample=False,
            pad_token_id=0,
        )
    return {
        "class": type(model).__name__,
        "parameters": sum(p.numel() for p in model.parameters()),
        "logits": logits,
        "greedy": greedy[0, prompt.shape[1] :].tolist(),
        "encoded": [tokenizer.encode(text) for text in job["texts"]],
        "chats": [
            tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=start)
            for messages in job["chats"]
            for start in (False, True)
        ],
    }


def make_model(job):
    """A model of transformers' own, random, saved with a tokenizer."""
    torch.manual_seed(job["seed"])
    config = transformers.AutoConfig.for_model(job["type"], **job["config"])
    model = AutoModelForCausalLM.from_config(config)
    with torch.no_grad():  # norms and biases too must matter
        for name, parameter in model.named_parameters():
            if parameter.dim() == 1:
                parameter.add_(0.1 * torch.randn_like(parameter))
    model.save_pretrained(job["directory"], max_shard_size=job.get("max_shard_size", "5GB"))
    AutoTokenizer.from_pretrained(job["tokenizer"]).save_pretrained(job["directory"])
    return open_model(job)


def read_safetensors(job):
    """What the reference implementation finds in a file, each tensor's bytes in base64."""
    with open(job["path"], "rb") as file:
        tensors = safetensors.deserialize(file.read())
    with safetensors.safe_open(job["path"], framework="np") as file:
        metadata = file.metadata()
    return {
        "metadata": metadata,
        "tensors": {
            name: {"dtype": t["dtype"], "shape": t["shape"], "data": base64.b64encode(bytes(t["data"])).decode()}
            for name, t in tensors
        },
    }


def write_safetensors(job):
    tensors = {
        name: {"dtype": t["dtype"], "shape": t["shape"], "data": base64.b64decode(t["data"])}
        for name, t in job["tensors"].items()
    }
    safetensors.serialize_file(tensors, job["path"], job["metadata"])
    return {}


def check_onnx(job):
    """The checker's verdict; for a model of standard operators the shapes are inferred strictly too."""
    model = onnx.load(job["path"])
    for node in model.graph.node:
        if node.op_type == "SimplifiedLayerNormalization":
            node.domain = "com.microsoft"  # ONNX Runtime registers its own RMS norm in ONNX's domain
    standard = all(node.domain in ("", "ai.onnx") for node in model.graph.node)
    onnx.checker.check_model(model, full_check=standard)
    inferred = onnx.shape_inference.infer_shapes(model, check_type=standard, strict_mode=standard)
    shapes = {o.name: [d.dim_value or d.dim_param for d in o.type.tensor_type.shape.dim] for o in inferred.graph.output}
    return {"standard": standard, "nodes": len(model.graph.node), "outputs": shapes}


def run_onnx(job):
    """Runs a model of standard operators in ONNX's own reference implementation."""
    session = onnx.reference.ReferenceEvaluator(job["path"])
    feeds = {
        name: numpy.frombuffer(base64.b64decode(f["data"]), f["dtype"]).reshape(f["shape"])
        for name, f in job["feeds"].items()
    }
    return {n: numpy.asarray(v).flatten().tolist() for n, v in zip(session.output_names, session.run(None, feeds))}


jobs = {
    "open": open_model,
    "make": make_model,
    "read-safetensors": read_safetensors,
    "write-safetensors": write_safetensors,
    "check-onnx": check_onnx,
    "run-onnx": run_onnx,
}
print(json.dumps([jobs[job["job"]](job) for job in json.load(sys.stdin)]))
