"""Makes the archives that the tests read, with Python's own zipfile and tarfile (3.11)."""
import gzip, io, json, os, struct, tarfile, zipfile

here = os.path.dirname(os.path.abspath(__file__))
poem = '床前明月光，疑是地上霜。\n举头望明月，低头思故乡。\n'
members = {
    'texts/poem.txt': poem.encode(),
    'texts/gbk.txt': (poem * 4).encode('gb18030'),
    'texts/notes.md': b'# Notes\n\nHello.\n',
    'pages/a.html': '<html><meta charset="gbk"><body>你好，世界</body></html>'.encode('gbk'),
    'data/rows.jsonl': b''.join(json.dumps({'id': f'l{i}', 'text': f'line {i}'}).encode() + b'\n' for i in range(3)),
    'data/rows.jsonl.gz': gzip.compress(b'{"text": "packed"}\n', mtime=0),
    'data/rows.json': json.dumps([{'text': 'one', 'n': 1}, {'text': 'two'}]).encode(),
    'data/rows.csv': 'id,text\nc1,"你好, world"\n'.encode(),
    'data/rows.tsv': b'id\ttext\nt1\ttab, separated\n',
    'image.png': b'\x89PNG\r\n',
}


def info(name):
    entry = zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_DEFLATED if name.endswith(('.txt', '.html')) else zipfile.ZIP_STORED
    return entry


def make_zip(items):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, 'w') as archive:
        for name, content in items:
            archive.writestr(info(name), content)
    return bytearray(buffer.getvalue())


def make_tar(path, items, mode):
    with tarfile.open(path, mode) as archive:
        for name, content in items:
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
        link = tarfile.TarInfo('link.txt')
        link.type, link.linkname = tarfile.SYMTYPE, '../../etc/passwd'
        archive.addfile(link)


def save(name, content):
    with open(os.path.join(here, name), 'wb') as file:
        file.write(content)


save('mixed.zip', make_zip(members.items()))
make_tar(os.path.join(here, 'mixed.tar'), members.items(), 'w')
with open(os.path.join(here, 'mixed.tar'), 'rb') as file:
    save('mixed.tgz', gzip.compress(file.read(), mtime=0))
os.remove(os.path.join(here, 'mixed.tar'))

# Names in GBK without the UTF-8 flag, as old packers on Chinese Windows write them: same length, patched in.
gbk = '文档.txt'.encode('gbk')
save('gbk-name.zip', make_zip([('x' * (len(gbk) - 4) + '.txt', poem)]).replace(b'x' * (len(gbk) - 4) + b'.txt', gbk))

evil = make_zip([('../evil.txt', b'evil'), ('ok.txt', b'ok'), ('/root.txt', b'evil')])
save('unsafe.zip', evil)

# The flag for encryption, in the local header and in the directory.
locked = make_zip([('locked.txt', b'secret'), ('open.txt', b'open')])
locked[6] |= 1
at = locked.index(b'PK\x01\x02')
locked[at + 8] |= 1
save('encrypted.zip', locked)

# A wrong byte in a stored member.
wrong = make_zip([('a.md', b'content of a'), ('b.md', b'content of b')])
wrong[wrong.index(b'content of a')] ^= 1
save('wrong-checksum.zip', wrong)

save('bomb.zip', make_zip([('zeros.txt', b'\0' * (24 << 20)), ('small.txt', b'small')]))

# Fifty entries of the directory that share one member.
one = make_zip([('a.txt', os.urandom(0) + bytes(range(256)) * 8)])
start = one.index(b'PK\x01\x02')
end = one.index(b'PK\x05\x06')
entry = bytes(one[start:end])
count = 50
tail = bytearray(one[end:])
struct.pack_into('<HHI', tail, 8, count, count, len(entry) * count)
overlapping = bytes(one[:start]) + entry * count + bytes(tail)
# Only where the packed bytes together are longer than the file.
print(len(overlapping), struct.unpack_from('<I', entry, 20)[0] * count)
save('overlapping.zip', overlapping)
