/** NFKC: Unicode's compatibility composition: ﬁ is f and i, é one character. */
import { defineNormalizer } from '../hf/component.ts';
import { formNormalizer } from './forms.ts';

export const nfkc = defineNormalizer({ name: 'nfkc', type: 'NFKC', read: () => formNormalizer('NFKC') });
