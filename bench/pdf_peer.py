"""The peers of bench/pdf.mjs and of the interop test. One job a run, JSON lines in and out:

    make      {kind, path, title, paragraphs}: a PDF of the text by reportlab
    extract   {path}: the text by pypdf, pdfminer.six and PyMuPDF, and the CPU seconds of each
"""
import json
import sys
import time

SERIF = {'latin': 'Times-Roman', 'song': 'STSong-Light'}


def styled(name, paragraphs):
    from reportlab.lib.enums import TA_JUSTIFY
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.platypus import Paragraph

    chinese = name == 'song'
    if chinese:
        pdfmetrics.registerFont(UnicodeCIDFont('STSong-Light'))
    options = {'wordWrap': 'CJK', 'firstLineIndent': 20} if chinese else {'hyphenationLang': 'en_GB', 'firstLineIndent': 12}
    style = ParagraphStyle(name, fontName=SERIF[name], fontSize=10, leading=13, alignment=TA_JUSTIFY, spaceAfter=4, **options)
    escaped = (text.replace('&', '&amp;').replace('<', '&lt;') for text in paragraphs)
    return [Paragraph(text, style) for text in escaped]


def make_flow(record, font, columns):
    """Running text in columns, with a running head and a page number."""
    from reportlab.lib.pagesizes import A4
    from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate

    def edges(canvas, document):
        canvas.setFont(SERIF[font], 9)
        canvas.drawString(60, A4[1] - 40, record['title'])
        canvas.drawCentredString(A4[0] / 2, 30, str(document.page))

    gap = 18
    width = (A4[0] - 120 - gap * (columns - 1)) / columns
    frames = [Frame(60 + i * (width + gap), 60, width, A4[1] - 120, 0, 0, 0, 0) for i in range(columns)]
    document = BaseDocTemplate(record['path'], pagesize=A4, title=record['title'], invariant=1)
    document.addPageTemplates(PageTemplate(frames=frames, onPage=edges))
    document.build(styled(font, record['paragraphs']))


def make_rows(record):
    """Two columns that are drawn row by row across both, as some converters do."""
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.utils import simpleSplit
    from reportlab.pdfgen.canvas import Canvas

    lines = []
    for text in record['paragraphs']:
        lines += ['    ' + line if i == 0 else line for i, line in enumerate(simpleSplit(text, 'Times-Roman', 10, 225))]
    canvas = Canvas(record['path'], pagesize=A4, invariant=1)
    rows = 52
    for start in range(0, len(lines), rows * 2):
        canvas.setFont('Times-Roman', 10)
        left, right = lines[start : start + rows], lines[start + rows : start + rows * 2]
        for row in range(rows):
            y = A4[1] - 70 - row * 13
            for x, column in ((60, left), (310, right)):
                if row < len(column):
                    line = column[row]
                    canvas.drawString(x + (12 if line.startswith('    ') else 0), y, line.strip())
        canvas.showPage()
    canvas.save()


def make(record):
    kinds = {
        'latin-2': lambda: make_flow(record, 'latin', 2),
        'song-1': lambda: make_flow(record, 'song', 1),
        'song-2': lambda: make_flow(record, 'song', 2),
        'rows': lambda: make_rows(record),
    }
    kinds[record['kind']]()
    return {'path': record['path']}


def by_pypdf(path):
    from pypdf import PdfReader

    return '\n\n'.join(page.extract_text() for page in PdfReader(path).pages)


def by_pdfminer(path):
    from pdfminer.high_level import extract_text

    return extract_text(path)


def by_pymupdf(path):
    import pymupdf

    with pymupdf.open(path) as document:
        flags = pymupdf.TEXTFLAGS_BLOCKS | pymupdf.TEXT_DEHYPHENATE
        blocks = [block[4] for page in document for block in page.get_text('blocks', flags=flags) if block[6] == 0]
    return '\n\n'.join(blocks)


def extract(record):
    result = {'path': record['path']}
    for name, read in (('pypdf', by_pypdf), ('pdfminer.six', by_pdfminer), ('PyMuPDF', by_pymupdf)):
        start = time.process_time()
        try:
            text = read(record['path'])
        except Exception as error:  # a peer's fault is part of the comparison
            print(f'{name}: {error}', file=sys.stderr)
            text = ''
        result[name] = {'text': text.encode('utf-8', 'replace').decode(), 'seconds': time.process_time() - start}
    return result


JOBS = {'make': make, 'extract': extract}

if __name__ == '__main__':
    import logging

    logging.disable(logging.CRITICAL)
    for name in ('pypdf', 'pdfminer.high_level', 'pymupdf') if sys.argv[1] == 'extract' else ():
        __import__(name)
    for line in sys.stdin:
        print(json.dumps(JOBS[sys.argv[1]](json.loads(line))))
