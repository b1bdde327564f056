/** For tests: the frame of a PDF file, byte by byte (ISO 32000-1 §7.5). */

/** @param objects their bodies; the first is object 1. @param trailer entries such as `/Root 1 0 R` */
export function pdfFile(objects: readonly string[], trailer: string): Buffer {
  let body = '%PDF-1.4\n';
  const offsets = objects.map((object, i) => {
    const at = body.length;
    body += `${i + 1} 0 obj\n${object}\nendobj\n`;
    return at;
  });
  const table = offsets.map((at) => `${String(at).padStart(10, '0')} 00000 n \n`).join('');
  const size = objects.length + 1;
  const end = `trailer\n<< /Size ${size} ${trailer} >>\nstartxref\n${body.length}\n%%EOF\n`;
  return Buffer.from(`${body}xref\n0 ${size}\n0000000000 65535 f \n${table}${end}`, 'latin1');
}

export const stream = (body: string): string =>
  `<< /Length ${Buffer.byteLength(body, 'latin1')} >>\nstream\n${body}\nendstream`;

/** A PDF whose pages are what the content streams draw, with the fonts given by name (object bodies). */
export function drawnPdf(
  contents: readonly string[],
  fonts: Readonly<Record<string, string>>,
  page = '/MediaBox [0 0 595 842]',
): Buffer {
  const objects = ['<< /Type /Catalog /Pages 2 0 R >>', ''];
  const named = Object.entries(fonts).map(([name, body]) => `/${name} ${objects.push(body)} 0 R`);
  const kids = contents.map((content) => {
    const number = objects.push(stream(content));
    const resources = `/Resources << /Font << ${named.join(' ')} >> >>`;
    return `${objects.push(`<< /Type /Page /Parent 2 0 R ${page} /Contents ${number} 0 R ${resources} >>`)} 0 R`;
  });
  objects[1] = `<< /Type /Pages /Count ${kids.length} /Kids [${kids.join(' ')}] >>`;
  return pdfFile(objects, '/Root 1 0 R');
}
