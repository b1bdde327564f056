/** Opens a trained model directory for tests of the server. */

import type { TextModel } from '../../src/infer/index.ts';
import { openTextModel } from '../../src/infer/node.ts';
import { openBackend } from '../../src/runtime/node.ts';

/** @param dir a directory with config.json, model.safetensors and tokenizer.json */
export async function openTestModel(dir: string): Promise<TextModel> {
  return openTextModel(dir, { backend: await openBackend({ device: 'cpu', spinning: false }), slots: 4, maxQueue: 4 });
}
