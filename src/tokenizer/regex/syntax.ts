/** What a regular expression says, as a tree. Knows nothing of how it is written or matched. */
import type { CharSet } from './char-set.ts';

export type RegexNode =
  | { readonly kind: 'empty' }
  /** One character of the set. */
  | { readonly kind: 'set'; readonly set: CharSet }
  | { readonly kind: 'sequence'; readonly parts: readonly RegexNode[] }
  /** Alternatives, the first one first. */
  | { readonly kind: 'choice'; readonly options: readonly RegexNode[] }
  | {
      readonly kind: 'repeat';
      readonly body: RegexNode;
      readonly min: number;
      /** Infinity for no limit */
      readonly max: number;
      readonly mode: 'greedy' | 'lazy' | 'possessive';
    }
  /** Whether the body matches here, without consuming. */
  | { readonly kind: 'look'; readonly behind: boolean; readonly negative: boolean; readonly body: RegexNode };
