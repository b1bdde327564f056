/**
 * Held-out perplexity and bits per byte. Plain documents are scored whole; chat documents on their last answer.
 * Bits per byte = nats / ln 2 / UTF-8 bytes: comparable across tokenizers (nanochat's `val_bpb`).
 */
import { z } from 'zod';
import { AthanorError } from '../core/index.ts';
import { defineTask, lastTurn, take } from './task.ts';

const config = z.strictObject({
  split: z.enum(['train', 'validation', 'test']).default('test').describe('Which split to score.'),
  limit: z.int().positive().default(500).describe('At most this many documents.'),
});

export const perplexity = defineTask<z.output<typeof config>>({
  name: 'perplexity',
  version: 1,
  describe: 'Perplexity per token and bits per byte on held-out documents.',
  config,
  async run(context, { split, limit }) {
    const documents = await take(context.documents(split), limit);
    if (documents.length === 0)
      throw new AthanorError('bad-input', `the ${split} split is empty`, {
        place: 'perplexity',
        hint: 'Choose another split, or give the dataset one.',
      });
    const items = documents.map((document) => {
      const turn = lastTurn(document);
      return turn
        ? { prompt: turn.prompt, continuation: turn.answer }
        : { prompt: { text: '' }, continuation: document.text };
    });
    const likelihoods = await context.model.logLikelihood(items);
    let nll = 0;
    let tokens = 0;
    let bytes = 0;
    for (const likelihood of likelihoods) {
      nll += likelihood.nll;
      tokens += likelihood.tokens;
      bytes += likelihood.bytes;
    }
    return {
      metrics: {
        perplexity: Math.exp(nll / tokens),
        nll_per_token: nll / tokens,
        bits_per_byte: nll / Math.LN2 / bytes,
        tokens,
        documents: documents.length,
      },
      samples: documents.map((document, i) => ({
        id: document.id,
        prompt: items[i]!.prompt,
        output: items[i]!.continuation,
        scores: { nll: likelihoods[i]!.nll, tokens: likelihoods[i]!.tokens },
      })),
    };
  },
});
