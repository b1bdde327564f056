/** A PDF's text, page by page, through pdf.js (as `unpdf` packs it for servers). Loads it on first use. */
import { PackedCMaps } from './cmaps.ts';
import { type PdfItem, toLines } from './lines.ts';
import { toParagraphs } from './paragraphs.ts';
import { dropRunningHeads } from './running-heads.ts';

export interface PdfText {
  /** The whole text, paragraphs apart by a blank line. One that goes on on the next page is one. */
  readonly text: string;
  /** The text of each page. */
  readonly pages: readonly string[];
  readonly meta: {
    readonly title?: string;
    readonly author?: string;
    readonly date?: string;
    readonly language?: string;
  };
}

export interface PdfFault {
  /** Kebab-case: `encrypted`, `damaged-pdf`, `no-text`, `too-many-pages`. */
  readonly fault: string;
  readonly detail: string;
}

export interface PdfOptions {
  /** Keep the lines as they are, instead of joining them to paragraphs. */
  readonly lines?: boolean;
  readonly runningHeads?: boolean;
  readonly password?: string | undefined;
  readonly maxPages?: number;
}

/** pdf.js asks for maps at an address; ours need none, but it insists on one. */
const cmaps = { BinaryDataFactory: PackedCMaps, cMapUrl: 'cmaps/', cMapPacked: true, useWorkerFetch: false };

export async function readPdf(bytes: Uint8Array, options: PdfOptions = {}): Promise<PdfText | PdfFault> {
  const { getDocumentProxy } = await import('unpdf');
  // pdf.js takes the buffer away.
  const data = Uint8Array.from(bytes);
  let pdf: Awaited<ReturnType<typeof getDocumentProxy>>;
  try {
    const password = options.password === undefined ? {} : { password: options.password };
    pdf = await getDocumentProxy(data, { verbosity: 0, ...cmaps, ...password });
  } catch (error) {
    const { name, message } = error as Error;
    if (name === 'PasswordException') return { fault: 'encrypted', detail: 'the PDF asks for a password' };
    return { fault: 'damaged-pdf', detail: `not a readable PDF: ${message}` };
  }
  try {
    const maxPages = options.maxPages ?? 20_000;
    if (pdf.numPages > maxPages)
      return { fault: 'too-many-pages', detail: `${pdf.numPages} pages, more than ${maxPages}` };
    const all = [];
    for (let number = 1; number <= pdf.numPages; number++) {
      const page = await pdf.getPage(number);
      const { items, styles } = await page.getTextContent();
      all.push(
        toLines(
          items.filter((item): item is typeof item & PdfItem => 'str' in item),
          styles,
        ),
      );
      page.cleanup();
    }
    const kept = options.runningHeads ? all : dropRunningHeads(all);
    const textOf = (some: typeof kept) =>
      options.lines
        ? some
            .flat()
            .map(({ text }) => text)
            .join('\n')
        : toParagraphs(some).join('\n\n');
    const text = textOf(kept);
    if (text === '') {
      return { fault: 'no-text', detail: `no text on ${pdf.numPages} pages; they may be scanned images` };
    }
    return { text, pages: kept.map((lines) => textOf([lines])), meta: await readMeta(pdf) };
  } catch (error) {
    return { fault: 'damaged-pdf', detail: `cannot be read to its end: ${(error as Error).message}` };
  } finally {
    await pdf.loadingTask.destroy();
  }
}

async function readMeta(pdf: { getMetadata(): Promise<{ info: object }> }): Promise<PdfText['meta']> {
  const info = await pdf.getMetadata().then(
    ({ info }) => info as Record<string, unknown>,
    () => ({}) as Record<string, unknown>,
  );
  const text = (value: unknown) => (typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined);
  const [title, author, language] = [text(info.Title), text(info.Author), text(info.Language)];
  const made = /^D:(\d{4})(\d{2})(\d{2})/.exec(text(info.CreationDate) ?? '');
  return {
    ...(title === undefined ? {} : { title }),
    ...(author === undefined ? {} : { author }),
    ...(language === undefined ? {} : { language }),
    ...(made === null ? {} : { date: `${made[1]}-${made[2]}-${made[3]}` }),
  };
}
