// The labelled texts that toxicity is trained and measured on: COLD (Chinese, its own split), Davidson et al. 2017
// (English, split by a hash of the text: a fifth is test), and the identity-term templates of Dixon et al. 2018.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** Rows of a gzipped CSV file with quoted fields (RFC 4180), as objects by the header's names. */
export function readCsv(path) {
  const text = gunzipSync(readFileSync(path))
    .toString('utf8')
    .replace(/^\ufeff/, '');
  const rows = [];
  let row = [];
  let field = '';
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (quoted) {
      if (character !== '"') field += character;
      else if (text[at + 1] === '"') field += text[++at];
      else quoted = false;
    } else if (character === '"') quoted = true;
    else if (character === ',' || character === '\n') {
      row.push(character === '\n' ? field.replace(/\r$/, '') : field);
      field = '';
      if (character !== '\n') continue;
      rows.push(row);
      row = [];
    } else field += character;
  }
  if (field !== '' || row.length > 0) rows.push([...row, field]);
  const [header, ...records] = rows;
  return records
    .filter((record) => record.length === header.length)
    .map((record) => Object.fromEntries(header.map((name, i) => [name, record[i]])));
}

const isTest = (text) => createHash('sha256').update(text).digest().readUInt32BE(0) / 2 ** 32 < 0.2;

/** @param data folder with cold-zh, hate-speech-en and bias-templates */
export function toxicityData(data) {
  const cold = (name) =>
    readCsv(join(data, 'cold-zh', `${name}.csv.gz`)).map(({ TEXT, label }) => ({
      text: TEXT,
      label: label === '1' ? 'toxic' : 'not-toxic',
    }));
  const tweets = readCsv(join(data, 'hate-speech-en', 'labeled_data_10k.csv.gz')).map(({ tweet, class: kind }) => ({
    text: tweet,
    label: kind === '2' ? 'not-toxic' : 'toxic',
    three: ['hate', 'offensive', 'neither'][Number(kind)],
  }));
  const templates = (name) =>
    readCsv(join(data, 'bias-templates', `${name}_sentence_templates_8k.csv.gz`)).map(({ phrase, toxicity }) => ({
      text: phrase,
      label: toxicity === 'toxic' ? 'toxic' : 'not-toxic',
    }));
  return {
    zh: { train: cold('train_8k'), test: cold('test') },
    en: { train: tweets.filter(({ text }) => !isTest(text)), test: tweets.filter(({ text }) => isTest(text)) },
    templates: { en: templates('en'), zh: templates('zh-cn') },
  };
}
