"""Reference for llama-gradients.test.ts: loss, gradients and two AdamW steps of a small Llama or GPT-2 in plain PyTorch.

usage: llama_gradients.py DIR     (reads DIR/task.json and DIR/weights.bin, writes DIR/result.json and DIR/result.bin)
Written for torch >= 1.13, without transformers; the modules follow Hugging Face's modeling_llama.py and modeling_gpt2.py.
"""
import json
import math
import os
import sys

import numpy as np
import torch
import torch.nn.functional as F

torch.set_num_threads(1)


def rms_norm(x, weight, eps):
    return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + eps) * weight


def rotate_half(x):
    half = x.shape[-1] // 2
    return torch.cat((-x[..., half:], x[..., :half]), dim=-1)


def visible(segments, time):
    """[B or 1, 1, T, T], True where a token may be seen."""
    causal = torch.tril(torch.ones(time, time, dtype=torch.bool))[None, None]
    if segments is None:
        return causal
    return causal & (segments[:, None, :, None] == segments[:, None, None, :])


def attend(q, k, v, mask, scale):
    scores = (q @ k.transpose(-1, -2)) * scale
    return F.softmax(scores.masked_fill(~mask, float("-inf")), dim=-1) @ v


def llama(p, c, ids, positions, segments):
    B, T = ids.shape
    H, K, d = c["num_attention_heads"], c["num_key_value_heads"], c["head_dim"]
    eps, act = c["rms_norm_eps"], F.silu
    x = p["model.embed_tokens.weight"][ids]
    inv = 1.0 / (c["rope_theta"] ** (torch.arange(0, d, 2).float() / d))
    angles = positions[..., None].float() * inv  # float32 also when the model is float64, as in transformers
    angles = torch.cat((angles, angles), dim=-1)[:, None]
    cos, sin = angles.cos().to(x.dtype), angles.sin().to(x.dtype)
    mask = visible(segments, T)
    linear = lambda x, name: F.linear(x, p[name + ".weight"], p.get(name + ".bias"))
    for i in range(c["num_hidden_layers"]):
        n = "model.layers.%d." % i
        h = rms_norm(x, p[n + "input_layernorm.weight"], eps)
        q = linear(h, n + "self_attn.q_proj").view(B, T, H, d).transpose(1, 2)
        k = linear(h, n + "self_attn.k_proj").view(B, T, K, d).transpose(1, 2)
        v = linear(h, n + "self_attn.v_proj").view(B, T, K, d).transpose(1, 2)
        q, k = q * cos + rotate_half(q) * sin, k * cos + rotate_half(k) * sin
        k, v = k.repeat_interleave(H // K, dim=1), v.repeat_interleave(H // K, dim=1)
        o = attend(q, k, v, mask, 1 / math.sqrt(d)).transpose(1, 2).reshape(B, T, H * d)
        x = x + linear(o, n + "self_attn.o_proj")
        h = rms_norm(x, p[n + "post_attention_layernorm.weight"], eps)
        x = x + linear(act(linear(h, n + "mlp.gate_proj")) * linear(h, n + "mlp.up_proj"), n + "mlp.down_proj")
    x = rms_norm(x, p["model.norm.weight"], eps)
    return x @ p.get("lm_head.weight", p["model.embed_tokens.weight"]).T


def gelu_new(x):
    return 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


def gpt2(p, c, ids, positions, segments):
    B, T = ids.shape
    D, H = c["n_embd"], c["n_head"]
    d, eps = D // H, c["layer_norm_epsilon"]
    act = gelu_new if c["activation_function"] == "gelu_new" else F.gelu
    conv = lambda x, name: x @ p[name + ".weight"] + p[name + ".bias"]
    norm = lambda x, name: F.layer_norm(x, (D,), p[name + ".weight"], p[name + ".bias"], eps)
    heads = lambda x: x.view(B, T, H, d).transpose(1, 2)
    x = p["transformer.wte.weight"][ids] + p["transformer.wpe.weight"][positions]
    mask = visible(segments, T)
    for i in range(c["n_layer"]):
        n = "transformer.h.%d." % i
        q, k, v = conv(norm(x, n + "ln_1"), n + "attn.c_attn").split(D, dim=2)
        o = attend(heads(q), heads(k), heads(v), mask, 1 / math.sqrt(d)).transpose(1, 2).reshape(B, T, D)
        x = x + conv(o, n + "attn.c_proj")
        x = x + conv(act(conv(norm(x, n + "ln_2"), n + "mlp.c_fc")), n + "mlp.c_proj")
    x = norm(x, "transformer.ln_f")
    return x @ p.get("lm_head.weight", p["transformer.wte.weight"]).T


def main(directory):
    task = json.load(open(os.path.join(directory, "task.json")))
    raw = np.fromfile(os.path.join(directory, "weights.bin"), dtype="<f4")
    dtype = getattr(torch, task["dtype"])
    params, at = {}, 0
    for name, shape in task["parameters"]:
        size = int(np.prod(shape))
        params[name] = torch.tensor(raw[at : at + size].reshape(shape), dtype=dtype, requires_grad=True)
        at += size
    ids, labels, positions = (torch.tensor(task[key]) for key in ("input_ids", "labels", "positions"))
    segments = torch.tensor(task["segments"]) if task.get("segments") else None
    forward = {"llama": llama, "gpt2": gpt2}[task["type"]]

    def loss_of():
        logits = forward(params, task["config"], ids, positions, segments)
        return F.cross_entropy(logits.view(-1, logits.shape[-1]), labels.view(-1), ignore_index=-100)

    o = task["optimizer"]
    decayed = [params[name] for name in task["decayed"]]
    rest = [tensor for name, tensor in params.items() if name not in set(task["decayed"])]
    groups = [{"params": decayed, "weight_decay": o["weight_decay"]}, {"params": rest, "weight_decay": 0.0}]
    adamw = torch.optim.AdamW(groups, lr=o["lr"], betas=o["betas"], eps=o["eps"])
    gradients, losses, norms = None, [], []
    for _ in range(task["steps"]):
        adamw.zero_grad()
        loss = loss_of()
        loss.backward()
        if gradients is None:
            gradients = [tensor.grad.clone() for tensor in params.values()]
        losses.append(loss.item())
        norms.append(float(torch.nn.utils.clip_grad_norm_(params.values(), task["clip_norm"])))
        adamw.step()
    tensors = gradients + [tensor.detach() for tensor in params.values()]
    np.concatenate([tensor.numpy().astype("<f8").ravel() for tensor in tensors]).tofile(os.path.join(directory, "result.bin"))
    json.dump({"losses": losses, "norms": norms, "torch": torch.__version__}, open(os.path.join(directory, "result.json"), "w"))


main(sys.argv[1])
