/** Names that GPT-2 weights have in files: with and without the `transformer.` prefix, with stored mask buffers. */

/** The tensor's name in our model, or undefined for what is not a weight. */
export function tensorName(fileName: string, tied: boolean): string | undefined {
  if (/(^|\.)h\.\d+\.attn\.(bias|masked_bias)$/.test(fileName)) return undefined; // causal mask, stored by old versions
  if (fileName === 'lm_head.weight') return tied ? undefined : fileName;
  return fileName.startsWith('transformer.') ? fileName : `transformer.${fileName}`;
}
