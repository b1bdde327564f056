"""Other people's finders of personal data over the same texts: reads {"texts": […], "only": […]?} from stdin, writes
{name: {"findings": [[[start, end, type], …], …], "seconds": …, "version": …}}; offsets in UTF-16 units, types as
Athanor names them. With the argument `templates FOLDER` it writes a labelled set instead: the sentence templates of
presidio-evaluator (Microsoft, MIT; its wheel is downloaded into FOLDER), filled by Faker."""

import json
import re
import subprocess
import sys
import time
import zipfile
from importlib.metadata import version
from pathlib import Path

PRESIDIO_TYPES = {
    "EMAIL_ADDRESS": "email",
    "PHONE_NUMBER": "phone",
    "CREDIT_CARD": "bank-card",
    "IP_ADDRESS": "ip",
    "MAC_ADDRESS": "mac",
    "IBAN_CODE": "iban",
    "US_SSN": "us-ssn",
    "US_ITIN": "us-ssn",
    "US_PASSPORT": "passport",
    "UK_PASSPORT": "passport",
}


def utf16(text):
    """Offsets in UTF-16 units of code point offsets."""
    units, at = [0], 0
    for character in text:
        at += 2 if ord(character) > 0xFFFF else 1
        units.append(at)
    return units


def presidio(threshold):
    import spacy
    import tldextract
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
    from presidio_analyzer.nlp_engine import SpacyNlpEngine
    from presidio_analyzer.predefined_recognizers import PhoneRecognizer
    from spacy.language import Language

    # The list of suffixes that comes with the package, instead of asking the network for one.
    tldextract.tldextract.TLD_EXTRACTOR = tldextract.TLDExtract(suffix_list_urls=())

    @Language.component("lower_lemma")
    def lower_lemma(doc):
        for token in doc:
            token.lemma_ = token.lower_
        return doc

    # Tokens without a model: context words work, names and places are not looked for.
    nlp = spacy.blank("en")
    nlp.add_pipe("lower_lemma")
    engine = SpacyNlpEngine()
    engine.nlp = {"en": nlp}
    registry = RecognizerRegistry()
    registry.load_predefined_recognizers(languages=["en"], nlp_engine=engine)
    registry.remove_recognizer("SpacyRecognizer")
    registry.remove_recognizer("PhoneRecognizer")
    registry.add_recognizer(
        PhoneRecognizer(supported_regions=(*PhoneRecognizer.DEFAULT_SUPPORTED_REGIONS, "CN", "HK", "JP", "AU"))
    )
    analyzer = AnalyzerEngine(nlp_engine=engine, registry=registry, supported_languages=["en"])
    entities = [name for name in PRESIDIO_TYPES if name in analyzer.get_supported_entities("en")]

    def find(text):
        results = analyzer.analyze(text=text, language="en", entities=entities, score_threshold=threshold)
        spans = sorted({(r.start, r.end, PRESIDIO_TYPES[r.entity_type]) for r in results}, key=lambda s: (s[0] - s[1], s[0]))
        # The longest of overlapping findings of one type.
        kept = []
        for start, end, kind in spans:
            if not any(k == kind and s < end and start < e for s, e, k in kept):
                kept.append((start, end, kind))
        return kept

    return find


def detect_secrets():
    import tempfile

    from detect_secrets.core.scan import scan_file
    from detect_secrets.settings import default_settings

    # Scanning files is its normal mode; scanning strings takes nearly every word for a secret.
    path = Path(tempfile.mkdtemp()) / "text.txt"

    def find(text):
        path.write_text(text, encoding="utf-8")
        kept = []
        for secret in scan_file(str(path)):
            start, kind = text.find(secret.secret_value or "\0"), "secret"
            if start < 0:
                continue
            end = start + len(secret.secret_value)
            if secret.type == "Private Key":
                block = re.compile(r"-----BEGIN[^-]*-----[^-]*-----END[^-]*-----").search(text, max(0, start - 15))
                start, end = (block.start(), block.end()) if block else (start, end)
            if secret.type == "Basic Auth Credentials":
                start, kind = text.rfind("://", 0, start) + 3, "url-credentials"
            if not any(s < end and start < e for s, e, _ in kept):
                kept.append((start, end, kind))
        return kept

    return find, default_settings


def datatrove():
    from datatrove.pipeline.formatters import PIIFormatter

    # Documentation addresses, which the set is full of, are not public ones.
    formatter = PIIFormatter(only_remove_public_ips=False)

    def find(text):
        found = [(m.start(), m.end(), "email") for m in formatter.emails_replacer.regex.finditer(text)]
        ips = formatter.ip_replacer
        found += [
            (m.start(), m.end(), "ip")
            for m in ips.regex.finditer(text)
            if ips.validator is None or ips.validator(m.group(0))
        ]
        return found

    return find


def run(find, texts):
    start = time.process_time()
    found = [find(text) for text in texts]
    seconds = time.process_time() - start
    findings = []
    for text, spans in zip(texts, found):
        units = utf16(text)
        findings.append([[units[s], units[e], kind] for s, e, kind in spans])
    return {"findings": findings, "seconds": seconds}


def compare(request):
    texts, only = request["texts"], request.get("only")
    result = {}
    for threshold in (0.3, 0.5):
        name = f"presidio >= {threshold}"
        if only is None or name in only:
            result[name] = {**run(presidio(threshold), texts), "version": version("presidio-analyzer")}
    if only is None or "datatrove" in only:
        result["datatrove"] = {**run(datatrove(), texts), "version": version("datatrove")}
    if only is None or "detect-secrets" in only:
        find, settings = detect_secrets()
        with settings():
            result["detect-secrets"] = {**run(find, texts), "version": version("detect-secrets")}
    return result


LABELS = {
    "credit_card_number": "bank-card",
    "phone_number": "phone",
    "email": "email",
    "iban": "iban",
    "ip_address": "ip",
    "ssn": "us-ssn",
    "address": "address",
}
# Addresses given piece by piece have no single span.
PIECES = {"building_number", "street_name", "secondary_address", "postcode", "zipcode", "state_abbr"}
WHEEL = "presidio-evaluator==0.3.2"


def template_set(folder, copies=8):
    from faker import Faker

    path = Path(folder)
    if not list(path.glob("*.whl")):
        path.mkdir(parents=True, exist_ok=True)
        subprocess.run([sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", folder, WHEEL], check=True)
    with zipfile.ZipFile(next(path.glob("*.whl"))) as wheel:
        raw = wheel.read("presidio_evaluator/data_generator/raw_data/templates.txt").decode("utf-8", "replace")
    fake = Faker("en_US")
    Faker.seed(20261124)
    other = {
        "person": fake.name, "name": fake.name, "name_male": fake.name_male, "name_female": fake.name_female,
        "organization": fake.company, "age": lambda: str(fake.random_int(18, 90)), "nationality": lambda: "French",
        "nation_woman": lambda: "Frenchwoman", "nation_plural": lambda: "French", "first_name_nonbinary": fake.first_name,
        "last_name_male": fake.last_name, "last_name_female": fake.last_name, "us_driver_license": lambda: fake.bothify("?#######").upper(),
        "date_of_birth": lambda: str(fake.date_of_birth()), "date_time": lambda: str(fake.date_time()), "ip_address": lambda: fake.random_element((fake.ipv4, fake.ipv6))(),
    }  # fmt: skip
    lines = []
    for number, line in enumerate(line for line in raw.splitlines() if line.strip()):
        template = line.replace("\\n", "\n")
        names = re.findall(r"\{\{(\w+)\}\}", template)
        if PIECES & set(names):
            continue
        for copy in range(copies if set(names) & set(LABELS) else 1):
            text, spans, last = "", [], 0
            for match in re.finditer(r"\{\{(\w+)\}\}", template):
                text += template[last : match.start()]
                last = match.end()
                value = str((other.get(match[1]) or getattr(fake, match[1]))())
                if match[1] in LABELS:
                    at = utf16(text)[-1]
                    spans.append([at, at + utf16(value)[-1], LABELS[match[1]]])
                text += value
            text += template[last:]
            lines.append({"id": f"{number}-{copy}", "kind": "positive", "text": text, "spans": spans})
    return lines


if __name__ == "__main__":
    if sys.argv[1:2] == ["templates"]:
        json.dump(template_set(sys.argv[2]), sys.stdout)
    else:
        json.dump(compare(json.load(sys.stdin)), sys.stdout)
