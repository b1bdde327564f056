/** The option that says what texts are compared by: shared by the deduplication steps. */
import { z } from 'zod';

export const normaliseOption = z
  .enum(['none', 'whitespace', 'loose'])
  .default('loose')
  .describe(
    'What is compared: the text as it is; with white space unified; or letters and digits only, folded (NFKC, lower case)',
  );
