"""The peers of bench/extraction.mjs and of the interop test. One job a run, JSON lines in and out:

    extract   {id, html}: the main text by trafilatura, in three settings, and the CPU seconds of each
    truth     {id, html}: the text of an expected page, by lxml alone
    visible   {id, html}: all text of a page but scripts and styles, by lxml alone
    encode    {id, text, codec}: base64 of the text in one of Python's codecs
    detect    {id, bytes}: text by charset-normalizer, and the CPU seconds it took
"""
import base64
import json
import sys
import time

BLOCKS = set(
    'p div li ul ol table tr td th h1 h2 h3 h4 h5 h6 br pre blockquote section article figure figcaption dl dt dd hr form '
    'header footer aside nav main body option select button caption center fieldset legend'.split()
)


def text_of(html, whole):
    from lxml import html as parser

    utf8 = parser.HTMLParser(encoding='utf-8')
    tree = parser.document_fromstring(html.encode(), parser=utf8) if whole else parser.fragment_fromstring(html, create_parent='div')
    for element in list(tree.iter()):
        if not isinstance(element.tag, str):
            element.text = ''
        elif element.tag in ('script', 'style', 'head', 'noscript', 'textarea', 'template', 'title'):
            element.text = ''
            for child in list(element):
                element.remove(child)
        if isinstance(element.tag, str) and element.tag in BLOCKS:
            element.text = '\n' + (element.text or '')
            element.tail = '\n' + (element.tail or '')
    return ''.join(tree.itertext())


def extract(record):
    import trafilatura

    result = {'id': record.get('id')}
    for name, options in (('default', {}), ('precision', {'favor_precision': True}), ('recall', {'favor_recall': True})):
        start = time.process_time()
        text = trafilatura.extract(record['html'], **options) or ''
        result[name] = {'text': text, 'seconds': time.process_time() - start}
    return result


def detect(record):
    from charset_normalizer import from_bytes

    data = base64.b64decode(record['bytes'])
    start = time.process_time()
    best = from_bytes(data).best()
    seconds = time.process_time() - start
    return {'id': record.get('id'), 'text': '' if best is None else str(best), 'seconds': seconds}


JOBS = {
    'extract': extract,
    'truth': lambda record: {'id': record.get('id'), 'text': text_of(record['html'], False) if record['html'].strip() else ''},
    'visible': lambda record: {'id': record.get('id'), 'text': text_of(record['html'], True)},
    'encode': lambda record: {
        'id': record.get('id'),
        'bytes': base64.b64encode(record['text'].encode(record['codec'], 'ignore')).decode(),
        'text': record['text'].encode(record['codec'], 'ignore').decode(record['codec']),
    },
    'detect': detect,
}

if __name__ == '__main__':
    job = JOBS[sys.argv[1]]
    for line in sys.stdin:
        print(json.dumps(job(json.loads(line))))
