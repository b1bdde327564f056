/** Our tokenizer for one of the real vocabularies. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromJSON } from '../../../src/tokenizer/hf/read.ts';
import { fromSentencePiece } from '../../../src/tokenizer/spm/read.ts';
import { fromTiktoken, type TiktokenOptions } from '../../../src/tokenizer/tiktoken/read.ts';
import type { Tokenizer } from '../../../src/tokenizer/types.ts';
import { ensureCached } from '../cache.ts';
import type { RefereeJob } from './referee.ts';
import { ensureVocabulary, type Vocabulary } from './vocabularies.ts';

export interface Contest {
  readonly vocabulary: Vocabulary;
  readonly tokenizer: Tokenizer;
  readonly referee: RefereeJob;
}

export async function openContest(name: string): Promise<Contest> {
  const vocabulary = await ensureVocabulary(name);
  const { file, encoding, referee } = vocabulary;
  if (referee !== 'tokenizers' || file.endsWith('.json'))
    return { vocabulary, tokenizer: readVocabulary(vocabulary), referee: { kind: referee, file, encoding } };
  // Another format for which tokenizers is asked: as the tokenizer.json that we make of it.
  const json = JSON.stringify(readVocabulary(vocabulary).toJSON());
  const dir = await ensureCached(`tokenizer-${name}`, json, async (target) => {
    writeFileSync(join(target, 'tokenizer.json'), json);
  });
  const made = join(dir, 'tokenizer.json');
  return { vocabulary, tokenizer: fromJSON(JSON.parse(json)), referee: { kind: 'tokenizers', file: made } };
}

function readVocabulary({ file, encoding }: Vocabulary): Tokenizer {
  if (file.endsWith('.model')) return fromSentencePiece(readFileSync(file));
  const text = readFileSync(file, 'utf8');
  if (encoding === undefined) return fromJSON(JSON.parse(text));
  return fromTiktoken(text, { name: encoding as NonNullable<TiktokenOptions['name']> });
}
