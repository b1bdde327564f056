/** A Python with PyTorch, and one with transformers on top of it: those that are there, else virtual environments. */

import { runProcess } from './process.ts';
import { ensureVenv } from './python.ts';

let found: Promise<string> | undefined;

/** Its path: `ATHANOR_TORCH_PYTHON`, Debian's, the first on the PATH; else made from requirements-torch.txt. */
export function torchPython(): Promise<string> {
  found ??= find();
  return found;
}

async function find(): Promise<string> {
  const named = process.env.ATHANOR_TORCH_PYTHON;
  for (const python of named ? [named] : ['/usr/bin/python3', 'python3']) {
    try {
      await runProcess(python, ['-c', 'import torch, numpy']);
      return python;
    } catch (error) {
      if (named) throw error;
    }
  }
  return ensureVenv('torch');
}

/**
 * A Python with transformers, safetensors and onnx: `ATHANOR_TRANSFORMERS_PYTHON`, else a virtual environment with small
 * packages from PyPI over the torch of `torchPython()`, so that torch's several GB are not installed again.
 */
export async function transformersPython(): Promise<string> {
  const named = process.env.ATHANOR_TRANSFORMERS_PYTHON;
  return named ?? ensureVenv('transformers', { base: await torchPython(), borrow: ['torch', 'numpy'] });
}
