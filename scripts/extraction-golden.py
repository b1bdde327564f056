"""Writes the golden data of charset and HTML tests:

    python -m venv v && v/bin/pip install trafilatura==2.3.1 && v/bin/python scripts/extraction-golden.py ../shared/data

src/data/charset/golden/encoded.json: the beginning of the Universal Declaration of Human Rights (public domain) in many
languages, encoded by Python's codecs. src/data/html/golden/pages.json: pages of the Debian Administrator's Handbook
(GPL-2+ or CC BY-SA 3.0, see LICENSE.txt there) in English and Chinese, with what trafilatura makes of them.
"""
import base64
import gzip
import json
import pathlib
import sys

import trafilatura

data = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else '../shared/data')
root = pathlib.Path(__file__).parent.parent / 'src' / 'data'

codecs = {
    'eng': ['utf-16-le', 'utf-16-be'],
    'cmn_hans': ['gb18030', 'gb2312', 'utf-8', 'utf-16-le'],
    'cmn_hant': ['big5'],
    'jpn': ['shift_jis', 'euc_jp', 'iso2022_jp'],
    'kor': ['euc_kr', 'cp949'],
    'rus': ['cp1251', 'koi8_r', 'iso8859_5', 'cp866'],
    'ukr': ['cp1251', 'koi8_u'],
    'pol': ['cp1250', 'iso8859_2'],
    'ces': ['cp1250', 'iso8859_2'],
    'hun': ['cp1250'],
    'ron': ['cp1250'],
    'deu': ['cp1252'],
    'fra': ['cp1252'],
    'spa': ['cp1252'],
    'por_BR': ['cp1252'],
    'swe': ['cp1252'],
    'tur': ['cp1254'],
    'tha': ['cp874'],
    'arb': ['cp1256'],
    'heb': ['cp1255'],
    'ell_monotonic': ['cp1253'],
    'vie': ['cp1258'],
}
rows = []
with gzip.open(data / 'udhr' / 'udhr.jsonl.gz', 'rt') as lines:
    for line in lines:
        record = json.loads(line)
        text = ' '.join(record['text'].split())[200:600]
        for codec in codecs.get(record['lang'], []):
            encoded = text.encode(codec, 'ignore')
            rows.append({
                'language': record['lang'],
                'codec': codec,
                'text': encoded.decode(codec),
                'bytes': base64.b64encode(encoded).decode(),
            })
out = root / 'charset' / 'golden' / 'encoded.json'
out.write_text(json.dumps(rows, ensure_ascii=False, indent=1) + '\n')

names = ['sect.tails', 'sect.kali', 'sect.grml', 'sect.selected-approach', 'sect.steamos', 'sect.why-debian-stable']
pages = []
with gzip.open(data / 'debian-handbook-html' / 'pages.jsonl.gz', 'rt') as lines:
    for line in lines:
        record = json.loads(line)
        if record['file'].removesuffix('.html') in names:
            pages.append({**record, 'trafilatura': trafilatura.extract(record['html'])})
out = root / 'html' / 'golden' / 'pages.json'
out.write_text(json.dumps(pages, ensure_ascii=False, indent=1) + '\n')
print(len(rows), 'texts,', len(pages), 'pages, trafilatura', trafilatura.__version__)
