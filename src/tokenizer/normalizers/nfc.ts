/** NFC: Unicode's canonical composition: é is one character. */
import { defineNormalizer } from '../hf/component.ts';
import { formNormalizer } from './forms.ts';

export const nfc = defineNormalizer({ name: 'nfc', type: 'NFC', read: () => formNormalizer('NFC') });
