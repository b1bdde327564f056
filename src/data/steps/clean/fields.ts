/** Shared by the cleaning steps: which fields of a document they change. */
import { z } from 'zod';
import { type Document, fieldOf, withField } from '../../document.ts';
import type { EachDocument, StepContext } from '../../step.ts';

export const fieldsOption = z
  .array(z.string())
  .min(1)
  .default(['text'])
  .describe('Fields to change: `text`, or fields of meta such as `title`');

/** Applies `change` to the named fields where they hold strings; counts the documents that it changed. */
export function changeFields(
  fields: readonly string[],
  context: StepContext,
  change: (text: string) => string,
): EachDocument {
  return (document) => {
    let result: Document = document;
    for (const field of fields) {
      const value = fieldOf(document, field);
      if (typeof value !== 'string') continue;
      const changed = change(value);
      if (changed !== value) result = withField(result, field, changed);
    }
    if (result !== document) context.count('changed');
    return result;
  };
}
