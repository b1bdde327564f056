"""
Makes src/tokenizer/characters/tables.gen.ts: which code points Hugging Face's `tokenizers` counts as digits,
punctuation, marks …, found by asking it about every one, so that we follow its Unicode versions (8 to 17, one per
Rust crate) and not the JavaScript engine's.
Run: pip install -r ../../../interop/requirements-tokenizers.txt && python make_tables.py <tables.rs>
where tables.rs is src/tables.rs of the crate unicode-segmentation 1.13.3 (Unicode 17's Grapheme_Cluster_Break,
Indic_Conjunct_Break, Extended_Pictographic), which `cargo fetch` unpacks below ~/.cargo/registry/src.
"""
import re
import subprocess
import sys
import unicodedata
from pathlib import Path

import tokenizers
from tokenizers import normalizers, pre_tokenizers

POINTS = [c for c in range(0x110000) if not 0xD800 <= c <= 0xDFFF]
BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"


def base36(number):
    digits = ""
    while True:
        number, digit = divmod(number, 36)
        digits = BASE36[digit] + digits
        if number == 0:
            return digits


def encode(value_of):
    """Ranges as `gap[-length][:value]`, base 36: gap from the end of the one before, length less 1, value if not 1."""
    parts, start, value, end = [], None, 0, 0

    def close(last):
        nonlocal end
        if value:
            text = base36(start - end)
            if last > start:
                text += "-" + base36(last - start)
            if value != 1:
                text += ":" + base36(value)
            parts.append(text)
            end = last + 1

    previous = None
    for point in POINTS:
        now = int(value_of(point))
        if previous is None or now != value or point != previous + 1:
            if previous is not None:
                close(previous)
            start, value = point, now
        previous = point
    close(previous)
    return ",".join(parts)


def pieces(pre_tokenizer, count):
    """Code points that make this many pieces when they stand between two letters."""
    return lambda point: len(pre_tokenizer.pre_tokenize_str(f"a{chr(point)}b")) == count


def becomes(normalizer, text):
    return lambda point: normalizer.normalize_str(f"a{chr(point)}b") == text


def bert(**options):
    off = dict(clean_text=False, handle_chinese_chars=False, strip_accents=False, lowercase=False)
    return normalizers.BertNormalizer(**{**off, **options})


def scripts():
    """A number per script; 0 joins with everything (HF's Any). Kana count as Han there."""
    pre_tokenizer = pre_tokenizers.UnicodeScripts()

    def joins(a, b):
        return len(pre_tokenizer.pre_tokenize_str(chr(a) + chr(b))) == 1

    samples, last = [0x61, 0x4E00], 0
    found = {}
    for point in POINTS:
        if joins(samples[0], point) and joins(samples[1], point):
            continue
        for number in [last, *range(len(samples))]:
            if joins(samples[number], point):
                break
        else:
            samples.append(point)
            number = len(samples) - 1
        found[point], last = number + 1, number
    return lambda point: found.get(point, 0)


def late_forms():
    """
    Code points that Node's (newer) Unicode gives a decomposition, a combining class or a composition which the
    referee's Unicode 9 does not know: there they are plain starters.
    """
    program = """
      const found = [];
      for (let c = 0; c < 0x110000; c++) {
        if (c >= 0xd800 && c <= 0xdfff) continue;
        const s = String.fromCodePoint(c), n = (t, f) => t.normalize(f);
        found.push([c, n(s, 'NFKD') !== s ? n(s, 'NFKD') : '', n(s, 'NFD') !== s ? n(s, 'NFD') : '',
          c !== 0x345 && !n('\\u0345' + s, 'NFD').startsWith('\\u0345')]);
      }
      console.log(JSON.stringify(found.filter((row) => row[1] || row[3])));
    """
    import json

    nfd, nfkd = normalizers.NFD(), normalizers.NFKD()
    late = set()
    for point, compatible, canonical, moves in json.loads(subprocess.check_output(["node", "-e", program])):
        text = chr(point)
        if compatible and nfkd.normalize_str(text) == text:
            late.add(point)
            # What it is composed of stays apart, too: its parts beyond the BMP are as new as itself.
            late.update(ord(part) for part in canonical if ord(part) > 0xFFFF)
        elif moves and nfd.normalize_str(f"\u0345{text}").startswith("\u0345"):
            late.add(point)
    return lambda point: point in late


def late_lower():
    """Capital letters that are newer than Unicode 14 (Python 3.11's), as [point, small letter] pairs."""
    lower = normalizers.Lowercase()
    rows = []
    for point in POINTS:
        small = lower.normalize_str(chr(point))
        if small != chr(point) and unicodedata.category(chr(point)) == "Cn":
            assert len(small) == 1
            rows.append(f"{base36(point)}:{base36(ord(small))}")
    return ",".join(rows)


def grapheme_breaks(path):
    """Grapheme_Cluster_Break as a number, see graphemes.ts; Hangul syllables are left to arithmetic."""
    text = Path(path).read_text(encoding="utf-8")
    names = ["Control", "CR", "LF", "Extend", "ZWJ", "SpacingMark", "Prepend", "Regional_Indicator", "L", "V", "T",
             "Extended_Pictographic", "InCB_Consonant"]
    point = r"'((?:\\u\{[0-9a-fA-F]+\})|\\.|.)'"

    def value(literal):
        return {"\\n": 10, "\\r": 13}.get(literal) if literal in ("\\n", "\\r") else (
            int(literal[3:-1], 16) if literal.startswith("\\u") else ord(literal))

    table = {}
    for low, high, name in re.findall(rf"\({point},\s*{point},\s*(?:GC_)(\w+)\)", text):
        if name not in ("LV", "LVT"):
            for code in range(value(low), value(high) + 1):
                table[code] = names.index(name) + 1
    extend = text[text.index("InCB_Extend_table"):text.index("pub fn InCB_Extend")]
    incb = {code for low, high in re.findall(rf"\({point},\s*{point}\)", extend)
            for code in range(value(low), value(high) + 1)}
    linkers = {value(item) for item in re.findall(rf"{point}", re.search(r"fn is_incb_linker.*?\n\}", text, re.S)[0])}
    table[10], table[13] = names.index("LF") + 1, names.index("CR") + 1
    for code in [*range(10), 11, 12, *range(14, 32), 127]:
        table[code] = names.index("Control") + 1
    for code in range(32, 127):
        table.pop(code, None)
    return (lambda code: table.get(code, 0)), (lambda code: 2 if code in linkers else code in incb)


def main():
    breaks, conjuncts = grapheme_breaks(sys.argv[1])
    clean = bert(clean_text=True)
    nfd = normalizers.NFD()
    strip = bert(strip_accents=True)
    tables = [
        ("numericRanges", "Rust's char::is_numeric: N.", pieces(pre_tokenizers.Digits(individual_digits=True), 3)),
        ("punctuationRanges", "ASCII punctuation, and P of crate unicode_categories.",
         pieces(pre_tokenizers.Punctuation(), 3)),
        ("wordRanges", r"\w of crate regex.", pieces(pre_tokenizers.Whitespace(), 1)),
        ("controlRanges", "What BERT's clean_text removes.", becomes(clean, "ab")),
        ("nonspacingRanges", "Mn of crate unicode_categories, less what NFD takes apart.",
         lambda c: nfd.normalize_str(chr(c)) == chr(c) and becomes(strip, "ab")(c)),
        ("combiningRanges", "M of crate unicode-normalization-alignments.", becomes(normalizers.StripAccents(), "ab")),
        ("lateFormRanges", "Code points whose normalization the referee's Unicode 9 does not know.", late_forms()),
        ("scriptRanges", "Scripts as UnicodeScripts tells them apart, numbered.", scripts()),
        ("graphemeRanges", "Grapheme_Cluster_Break, see graphemes.ts.", breaks),
        ("conjunctRanges", "Indic_Conjunct_Break: 1 Extend, 2 Linker.", conjuncts),
    ]
    lines = [
        f"// Generated by tests/golden/tokenizer/components/make_tables.py from tokenizers {tokenizers.__version__}. Do not edit.",
        "// Ranges of code points: gap[-length][:value], see ranges.ts.",
    ]
    for name, comment, test in tables:
        print(name, file=sys.stderr)
        lines += ["", f"/** {comment} */", f"export const {name} =", f"  '{encode(test)}';"]
    lines += ["", "/** Capital letters newer than Unicode 14 and their small letters. */", "export const lateLowerPairs =",
              f"  '{late_lower()}';", ""]
    target = Path(__file__).parents[4] / "src/tokenizer/characters/tables.gen.ts"
    target.write_text("\n".join(lines), encoding="utf-8")


main()
