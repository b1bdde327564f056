"""Writes ftfy.json.gz: damaged lines and what ftfy 6.3.1's fix_encoding makes of them.

  python make_golden.py UDHR_JSONL_GZ DOCUMENTS_JSONL_GZ

UDHR_JSONL_GZ: the Universal Declaration of Human Rights in 32 languages (nltk_data, public domain).
DOCUMENTS_JSONL_GZ: tests/golden/data/filters/documents.jsonl.gz. Damage is seeded. Each row is [before, after].
"""
import gzip, io, json, os, random, sys
import ftfy
import ftfy.bad_codecs

random.seed(6)
lines = []
for line in gzip.open(sys.argv[1], "rt", encoding="utf-8"):
    row = json.loads(line)
    parts = [part.strip() for part in row["text"].split("\n") if 40 < len(part.strip()) < 160]
    lines += random.sample(parts, min(6, len(parts)))
documents = [json.loads(line) for line in gzip.open(sys.argv[2], "rt", encoding="utf-8")]
web = [part for row in documents if row["id"].startswith(("c4", "hand", "law")) for part in row["text"].split("\n") if any(ord(c) > 127 for c in part) and 20 < len(part) < 200]
lines += random.sample(web, 120)
encodings = ["latin-1", "sloppy-windows-1252", "sloppy-windows-1251", "sloppy-windows-1250", "sloppy-windows-1253", "sloppy-windows-1254", "sloppy-windows-1257", "iso-8859-2", "macroman", "cp437"]
rows = {}


def add(text):
    rows.setdefault(text, ftfy.fix_encoding(text))


for text in lines:
    utf8 = text.encode("utf-8")
    add(text)
    for encoding in random.sample(encodings, 3) + ["latin-1", "sloppy-windows-1252"]:
        try:
            bad = utf8.decode(encoding)
        except UnicodeDecodeError:
            continue
        add(bad)
        try:
            add(bad.encode("utf-8").decode(random.choice(encodings)))  # twice
        except UnicodeDecodeError:
            pass
        add(text[: len(text) // 2] + bad[len(bad) // 2 :])  # in part
        add(bad.replace("\xa0", " "))
        add(utf8.decode("windows-1252", "replace"))
        at = random.randrange(len(bad))
        add(bad[:at] + bad[at + 1 :])
    try:
        add(text.encode("windows-1252").decode("latin-1"))
    except UnicodeEncodeError:
        pass
# Examples of ftfy's documentation and of bug reports: real damage.
for text in [
    "âœ” No problems", "Broken text&hellip; it&#x2019;s ﬂubberiﬁc!", "LOUD NOISES", "schÃ¶n", "&macr;\\_(ã\x83\x84)_/&macr;",
    "Ã\xa0 perturber la rÃ©flexion", "â€œ like this â€�", "The Mona Lisa doesnÃƒÂ¢Ã¢â€šÂ¬Ã¢â€žÂ¢t have eyebrows.",
    "RaphaÃ«l", "l’Ã©tÃ©", "Ã la mode", "fÃ cil", "voilÃ  le travail", "HÃ¤usle", "CÃ©sar", "¬´Áïâè\x9f", "Nice © 2020 Ltd ®",
    "РїСЂРёРІРµС‚", "ÐŸÑ€Ð¸Ð²ÐµÑ‚", "ä½\xa0å¥½", "ã\x81\x93ã\x82\x93", "×©×\x9c×\x95×\x9d", "Ø³Ù\x84Ø§Ù\x85", "naÃ¯ve cafÃ©", "10 µm × 5°C ±2",
    "Ångström Ã la carte", "AÃ±os", "à²¹", "‚Äúquoted‚Äù", "√©t√©", "вЂњцитата", "í\xa0½í¸\x8d", "\xc0\x80 null", "a\x85b", "x\x81y", "Â£5 – Â€10",
]:
    add(text)
os.chdir(os.path.dirname(os.path.abspath(__file__)))
kept = [[k, v] for k, v in sorted(rows.items())]
random.shuffle(kept)
kept = kept[:1200]
with gzip.GzipFile("ftfy.json.gz", "wb", mtime=0) as packed, io.TextIOWrapper(packed, "utf-8") as file:
    json.dump(kept, file, ensure_ascii=True, indent=0)
print(len(kept), sum(a != b for a, b in kept))
