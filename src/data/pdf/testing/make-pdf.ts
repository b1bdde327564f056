/** For tests: a PDF of text, byte by byte. Latin in Helvetica, the rest in a font that only says which characters it means. */
import { pdfFile, stream } from './pdf-file.ts';

export interface PageText {
  readonly head: string;
  /** `''` leaves a gap. */
  readonly lines: readonly string[];
  readonly foot: string;
}

export interface MakePdfOptions {
  readonly title?: string;
  readonly author?: string;
  /** Claims to be encrypted with a password that nobody knows. */
  readonly encrypted?: boolean;
}

export function makePdf(
  pages: readonly PageText[],
  { title = '', author = '', encrypted = false }: MakePdfOptions,
): Buffer {
  const objects: string[] = [];
  const add = (body: string): number => objects.push(body);
  const catalog = add('<< /Type /Catalog /Pages 2 0 R /Lang (en) >>');
  add(`<< /Type /Pages /Count ${pages.length} /Kids [${pages.map((_, i) => `${8 + i * 2} 0 R`).join(' ')}] >>`);
  add('<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>');
  add(
    '<< /Type /Font /Subtype /Type0 /BaseFont /Han /Encoding /Identity-H /DescendantFonts [5 0 R] /ToUnicode 6 0 R >>',
  );
  add(
    '<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Han /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> /DW 1000 >>',
  );
  add(
    stream(
      'begincmap 1 begincodespacerange <0000> <ffff> endcodespacerange 1 beginbfrange <0000> <ffff> <0000> endbfrange endcmap',
    ),
  );
  const info = add(`<< /Title (${title}) /Author (${author}) /CreationDate (D:20240506070809Z) >>`);
  for (const { head, lines, foot } of pages) {
    const page = objects.length + 1;
    add(
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents ${page + 1} 0 R /Resources << /Font << /F1 3 0 R /F2 4 0 R >> >> >>`,
    );
    const shown = [show(head, 800), ...lines.map((line, i) => show(line, 740 - i * 14)), show(foot, 40)];
    add(stream(shown.join('\n')));
  }
  const encrypt = encrypted
    ? add(`<< /Filter /Standard /V 1 /R 2 /P -4 /O <${'41'.repeat(32)}> /U <${'42'.repeat(32)}> >>`)
    : undefined;
  const id = '<00112233445566778899aabbccddeeff>';
  const more = encrypt === undefined ? '' : ` /Encrypt ${encrypt} 0 R /ID [${id} ${id}]`;
  return pdfFile(objects, `/Root ${catalog} 0 R /Info ${info} 0 R${more}`);
}

function show(text: string, y: number): string {
  if (text === '') return '';
  const latin = /^[\x20-\x7e]*$/.test(text);
  const encoded = latin
    ? `(${text.replace(/[()\\]/g, '\\$&')})`
    : `<${[...text].map((character) => character.codePointAt(0)!.toString(16).padStart(4, '0')).join('')}>`;
  return `BT /${latin ? 'F1' : 'F2'} 12 Tf 1 0 0 1 60 ${y} Tm ${encoded} Tj ET`;
}
