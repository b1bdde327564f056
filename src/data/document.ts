/** The document: the one thing that flows through sources, steps, splits and shards. */

export const splitNames = ['train', 'validation', 'test'] as const;
export type SplitName = (typeof splitNames)[number];

/** One turn of a chat document (`meta.messages`). */
export interface Message {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

/**
 * A text with a name and whatever is known about it. Plain JSON data; steps make changed copies.
 * Chat documents keep their turns in `meta.messages`; later kinds (images, audio) enter as references in `meta`.
 */
export interface Document {
  /** Stable over builds; for files `path:line`. */
  readonly id: string;
  readonly text: string;
  readonly meta: Readonly<Record<string, unknown>>;
  /** The side of the split; set by a split step, or by the `dataset` source for `split: { use: inherit }`. */
  readonly split?: SplitName;
}

/** The turns of a chat document, or undefined for plain text. */
export function messagesOf(document: Document): readonly Message[] | undefined {
  const messages = document.meta.messages;
  return Array.isArray(messages) ? (messages as Message[]) : undefined;
}

/** The value of a field by name: `text`, `id`, or one of `meta`. */
export function fieldOf(document: Document, field: string): unknown {
  if (field === 'text') return document.text;
  return field === 'id' ? document.id : document.meta[field];
}

/** A copy with one field (`text` or one of `meta`) replaced. */
export function withField(document: Document, field: string, value: string): Document {
  if (field === 'text') return { ...document, text: value };
  return { ...document, meta: { ...document.meta, [field]: value } };
}

/** Code points of a string. */
export function countCharacters(text: string): number {
  let count = text.length;
  for (let i = 0; i < text.length - 1; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0xd800 || unit > 0xdbff) continue;
    const next = text.charCodeAt(i + 1);
    if (next >= 0xdc00 && next <= 0xdfff) count--;
  }
  return count;
}
