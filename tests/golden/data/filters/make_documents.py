"""Makes documents.jsonl.gz: real text for the filters' tests, in English and Chinese, clean and dirty.

  python make_documents.py DATA_FOLDER

DATA_FOLDER holds c4-wiki-demo, standard-ebooks-en, laws-zh, debian-handbook-html, d2l and csl-zh. Sources and licences
are in SOURCES.md.
"""
import glob, gzip, json, os, re, sys

data = sys.argv[1]
out = []


def rows(path):
    with gzip.open(os.path.join(data, path), "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def add(source, texts):
    for i, text in enumerate(texts):
        out.append({"id": f"{source}-{i}", "source": source, "text": text})


def tags_removed(html):
    """Crude on purpose: menus, scripts' rests and entities stay, as on a badly extracted page."""
    text = re.sub(r"(?s)<(script|style|head)\b.*?</\1>", "", html)
    text = re.sub(r"<[^>]+>", "\n", text)
    return re.sub(r"\n\s*\n+", "\n", text).strip()


add("c4", [row["text"] for row in rows("c4-wiki-demo/c4_demo.jsonl.gz")][:200])
for path in sorted(glob.glob(os.path.join(data, "standard-ebooks-en", "*.txt.gz")))[:8]:
    text = gzip.open(path, "rt", encoding="utf-8").read()
    add("ebook-" + os.path.basename(path).split("_")[1].split(".")[0], [text[40000:52000], text[200000:206000]])
laws = [row["text"] for row in rows("laws-zh/laws.jsonl.gz")]
add("law", [text[:8000] for text in laws[::5]])
pages = rows("debian-handbook-html/pages.jsonl.gz")
for language in ("en-US", "zh-CN"):
    add("handbook-" + language, [tags_removed(p["html"])[:8000] for p in pages if p["lang"] == language][::6])
add("d2l-zh", [row["text"][:6000] for row in rows("d2l/d2l_zh.jsonl.gz")][::8])
csl = [next(v for k, v in row.items() if isinstance(v, str) and len(v) > 80) for row in rows("csl-zh/ts_dev.jsonl.gz")[:40] if any(isinstance(v, str) and len(v) > 80 for v in row.values())]
add("abstract-zh", csl)
here = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(here, "documents.jsonl.gz"), "wb") as file:
    with gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0) as packed:
        for row in out:
            packed.write((json.dumps(row, ensure_ascii=False) + "\n").encode())
print(len(out), "documents")
