/** NFKD: Unicode's compatibility decomposition: ﬁ is f and i, é two characters. */
import { defineNormalizer } from '../hf/component.ts';
import { formNormalizer } from './forms.ts';

export const nfkd = defineNormalizer({ name: 'nfkd', type: 'NFKD', read: () => formNormalizer('NFKD') });
