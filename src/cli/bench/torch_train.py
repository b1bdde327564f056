"""The PyTorch peer of `athanor bench train`: the same model, batch and optimizer step, driven by lines on stdin.

usage: torch_train.py '{"arch": "gpt2", "layers": 6, ..., "threads": 2, "compile": false}'
Each line on stdin is a number of steps to run; the answer is one JSON line {"seconds", "loss", "rss_mb"}.
The first answer, before any line, is {"ready", "torch", "params"}.
"""
import json
import math
import resource
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

config = json.loads(sys.argv[1])
torch.set_num_threads(config["threads"])
torch.manual_seed(0)
L, D, H, T, B, V = (config[key] for key in ("layers", "hidden_size", "heads", "sequence_length", "batch_size", "vocab_size"))
FF = config["intermediate_size"]
HD = D // H
mask = torch.full((T, T), float("-inf")).triu(1)


def attend(q, k, v):
    if hasattr(F, "scaled_dot_product_attention"):
        out = F.scaled_dot_product_attention(q, k, v, is_causal=True)
    else:  # PyTorch < 2
        out = F.softmax(q @ k.transpose(-2, -1) / math.sqrt(HD) + mask, -1) @ v
    return out.transpose(1, 2).reshape(B, T, D)


def heads(x):
    return x.view(B, T, H, HD).transpose(1, 2)


class LayerNorm(nn.Module):
    """Without bias, as nanoGPT has it (torch's own takes `bias` from 2.1 on only)."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(D))

    def forward(self, x):
        return F.layer_norm(x, (D,), self.weight, None, 1e-5)


class Gpt2Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.ln_1, self.ln_2 = LayerNorm(), LayerNorm()
        self.c_attn, self.c_proj = nn.Linear(D, 3 * D, bias=False), nn.Linear(D, D, bias=False)
        self.c_fc, self.c_out = nn.Linear(D, FF, bias=False), nn.Linear(FF, D, bias=False)

    def forward(self, x):
        q, k, v = self.c_attn(self.ln_1(x)).split(D, 2)
        x = x + self.c_proj(attend(heads(q), heads(k), heads(v)))
        return x + self.c_out(F.gelu(self.c_fc(self.ln_2(x)), approximate="tanh"))


class RmsNorm(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(D))

    def forward(self, x):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-5) * self.weight


angles = torch.outer(torch.arange(T).float(), 10000.0 ** (-torch.arange(0, HD, 2).float() / HD))
cos, sin = torch.cat([angles.cos()] * 2, -1), torch.cat([angles.sin()] * 2, -1)


def rotate(x):
    half = HD // 2
    return x * cos + torch.cat([-x[..., half:], x[..., :half]], -1) * sin


class LlamaBlock(nn.Module):
    def __init__(self):
        super().__init__()
        self.input_norm, self.post_norm = RmsNorm(), RmsNorm()
        self.q, self.k, self.v, self.o = (nn.Linear(D, D, bias=False) for _ in range(4))
        self.gate, self.up = nn.Linear(D, FF, bias=False), nn.Linear(D, FF, bias=False)
        self.down = nn.Linear(FF, D, bias=False)

    def forward(self, x):
        h = self.input_norm(x)
        x = x + self.o(attend(rotate(heads(self.q(h))), rotate(heads(self.k(h))), heads(self.v(h))))
        h = self.post_norm(x)
        return x + self.down(F.silu(self.gate(h)) * self.up(h))


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        llama = config["arch"] == "llama"
        self.wte = nn.Embedding(V, D)
        self.wpe = None if llama else nn.Embedding(T, D)
        self.blocks = nn.ModuleList([LlamaBlock() if llama else Gpt2Block() for _ in range(L)])
        self.norm = RmsNorm() if llama else LayerNorm()
        for p in self.parameters():
            if p.dim() > 1:
                nn.init.normal_(p, 0, 0.02)

    def forward(self, ids, labels):
        x = self.wte(ids)
        if self.wpe is not None:
            x = x + self.wpe.weight[:T]
        for block in self.blocks:
            x = block(x)
        return F.cross_entropy((self.norm(x) @ self.wte.weight.T).view(-1, V), labels.view(-1))


model = Model()
optimizer = torch.optim.AdamW(model.parameters(), 1e-3, betas=(0.9, 0.95), weight_decay=0.1)
forward = torch.compile(model) if config.get("compile") else model
text = torch.tensor([(i * i * 7 + i * 3) % V for i in range(100000)])


def step():
    start = torch.randint(0, len(text) - T - 1, (B,))
    ids = torch.stack([text[j : j + T] for j in start])
    labels = torch.stack([text[j + 1 : j + T + 1] for j in start])
    optimizer.zero_grad(set_to_none=True)
    loss = forward(ids, labels)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    return loss


def answer(**fields):
    print(json.dumps(fields), flush=True)


answer(ready=True, torch=torch.__version__, params=sum(p.numel() for p in model.parameters()))
for line in sys.stdin:
    begin = time.perf_counter()
    for _ in range(int(line)):
        loss = step()
    answer(seconds=time.perf_counter() - begin, loss=loss.item(), rss_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
