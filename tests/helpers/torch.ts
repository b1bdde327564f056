/** A Python with PyTorch, the referee for gradients and optimizers: one that is there, else a virtual environment. */

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
