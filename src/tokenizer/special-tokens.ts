/** The special tokens that Athanor's own tokenizers have unless told otherwise. */
import { AthanorError } from '../core/index.ts';

/** Between documents, and the padding. */
export const endOfText = '<|endoftext|>';

/** ChatML's turn marks. */
export const turnStart = '<|im_start|>';
export const turnEnd = '<|im_end|>';

export const defaultSpecialTokens: readonly string[] = [endOfText, turnStart, turnEnd];

/** bos, eos and pad are `<|endoftext|>` where it is there, else the first special token. */
export function defaultRoles(specialTokens: readonly string[]): { bos?: string; eos?: string; pad?: string } {
  const token = specialTokens.includes(endOfText) ? endOfText : specialTokens[0];
  return token === undefined ? {} : { bos: token, eos: token, pad: token };
}

/** Distinct and not empty. @throws AthanorError('bad-input') */
export function checkSpecialTokens(tokens: readonly string[]): readonly string[] {
  const wrong = tokens.find((token, i) => token === '' || tokens.indexOf(token) !== i);
  if (wrong === undefined) return tokens;
  throw new AthanorError(
    'bad-input',
    wrong === '' ? 'a special token is empty' : `special token '${wrong}' is given twice`,
  );
}
