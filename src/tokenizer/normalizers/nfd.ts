/** NFD: Unicode's canonical decomposition: é is e and an accent. */
import { defineNormalizer } from '../hf/component.ts';
import { formNormalizer } from './forms.ts';

export const nfd = defineNormalizer({ name: 'nfd', type: 'NFD', read: () => formNormalizer('NFD') });
