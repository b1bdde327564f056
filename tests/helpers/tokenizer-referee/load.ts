/** Our tokenizer for one of the real vocabularies. */
import { readFileSync } from 'node:fs';
import { fromJSON } from '../../../src/tokenizer/hf/read.ts';
import type { Tokenizer } from '../../../src/tokenizer/types.ts';
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
  return { vocabulary, tokenizer: readVocabulary(vocabulary), referee: { kind: referee, file, encoding } };
}

export function readVocabulary({ file }: Vocabulary): Tokenizer {
  return fromJSON(JSON.parse(readFileSync(file, 'utf8')));
}
