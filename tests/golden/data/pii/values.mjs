// Synthetic values for the templates: right checksums, reserved names and ranges where there are any (example domains,
// 555-01xx, documentation addresses, numbers that regulators set aside for fiction), otherwise drawn at random.

/** mulberry32: small, seeded, the same everywhere. */
export function createRandom(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (n) => Math.floor(next() * n);
  const pick = (list) => list[below(list.length)];
  const text = (n, alphabet) => Array.from({ length: n }, () => pick(alphabet)).join('');
  return { below, pick, text, between: (a, b) => a + below(b - a + 1) };
}

const D = '0123456789';
const HEX = '0123456789abcdef';
const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const LOWER = UPPER.toLowerCase();
const B62 = UPPER + LOWER + D;
const pad = (n, width = 2) => String(n).padStart(width, '0');

const givenEn = 'Olivia Emma Noah Liam Ava Mia Ethan Lucas Sophie Hannah Marcus Priya Diego Yusuf Ingrid Tobias Keiko Amara'.split(' ');
const familyEn = 'Whitfield Okafor Lindqvist Marchetti Brandt Ferreira Novak Halloran Castellanos Beaumont Thackeray Iyer Sorensen Dunmore'.split(' ');
const familyZh = '王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗欧阳'.slice(0, 20);
const givenZh = '伟 芳 娜 敏 静 磊 洋 艳 勇 杰 娟 涛 明 超 秀兰 志强 建华 桂英 晓东 雅婷 子轩 梓涵 俊熙 欣怡 文博 海燕'.split(' ');

const hosts = ['example.com', 'example.org', 'example.net', 'mail.example.com', 'cs.example.edu', 'post.example.net', 'firma-nord.example.com', 'qmail.example.org', 'shop24.example.net', 'corp.example.cn'];

function localPart(r) {
  const a = r.pick(givenEn).toLowerCase();
  const b = r.pick(familyEn).toLowerCase();
  return r.pick([() => `${a}.${b}`, () => `${a}_${r.between(10, 9999)}`, () => `${a[0]}${b}`, () => `${b}${r.between(1960, 2009)}`, () => `${a}+news`, () => r.text(8, LOWER + D), () => `${r.between(100000000, 999999999)}`])();
}

export function luhn(prefix, length, r) {
  let body = prefix + r.text(length - prefix.length - 1, D);
  for (let check = 0; check < 10; check++) {
    const digits = body + check;
    let sum = 0;
    for (let i = 0; i < length; i++) {
      let d = Number(digits[length - 1 - i]);
      if (i % 2 === 1) d = d * 2 > 9 ? d * 2 - 9 : d * 2;
      sum += d;
    }
    if (sum % 10 === 0) return digits;
  }
}

const regions = '110101 110108 120101 130102 210102 230103 310104 310115 320106 330106 340104 350203 370202 410105 420106 430104 440106 440305 450103 500103 510104 520102 530102 610103 620102'.split(' ');

function residentId(r) {
  const body = `${r.pick(regions)}${r.between(1945, 2012)}${pad(r.between(1, 12))}${pad(r.between(1, 28))}${r.text(3, D)}`;
  const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
  const sum = weights.reduce((s, w, i) => s + w * Number(body[i]), 0);
  return body + '10X98765432'[sum % 11];
}

function creditCode(r) {
  const alphabet = '0123456789ABCDEFGHJKLMNPQRTUWXY';
  const body = `${r.pick(['91', '92', '91', '52', '12'])}${r.pick(regions)}MA${r.text(1, D)}${r.text(6, alphabet)}`;
  let sum = 0;
  for (let i = 0; i < 17; i++) sum += alphabet.indexOf(body[i]) * (3 ** i % 31);
  return body + alphabet[(31 - (sum % 31)) % 31];
}

function iban(r) {
  const [country, length, letters] = r.pick([['DE', 22, 0], ['GB', 22, 4], ['FR', 27, 0], ['NL', 18, 4], ['ES', 24, 0], ['CH', 21, 0], ['AT', 20, 0]]);
  const body = r.text(letters, UPPER) + r.text(length - 4 - letters, D);
  const digits = [...`${body}${country}00`].map((c) => Number.parseInt(c, 36)).join('');
  const check = 98n - (BigInt(digits) % 97n);
  const whole = `${country}${pad(check)}${body}`;
  return r.below(2) === 0 ? whole : whole.replace(/(.{4})(?=.)/g, '$1 ');
}

const provinces = [
  ['北京市', ['海淀区', '朝阳区', '西城区']],
  ['上海市', ['浦东新区', '徐汇区', '静安区']],
  ['广东省广州市', ['天河区', '越秀区']],
  ['广东省深圳市', ['南山区', '福田区']],
  ['浙江省杭州市', ['西湖区', '余杭区']],
  ['四川省成都市', ['武侯区', '锦江区']],
  ['湖北省武汉市', ['洪山区']],
  ['江苏省南京市', ['鼓楼区', '玄武区']],
  ['山东省青岛市', ['市南区']],
];
const roads = '中山北路 人民南路 学府路 建设大道 长江西路 文三路 科技园路 解放街 和平大街 滨河东路 莲花巷'.split(' ');

function addressZh(r) {
  const [city, districts] = r.pick(provinces);
  const road = `${r.pick(roads)}${r.between(1, 999)}号`;
  const rest = r.pick([() => '', () => `${r.between(1, 20)}号楼${r.between(1, 6)}单元${r.between(1, 30)}0${r.between(1, 4)}室`, () => `${r.pick(['阳光花园', '翠竹苑', '金桥大厦'])}${r.between(1, 20)}栋${r.between(101, 2804)}室`, () => `${r.pick(['A', 'B'])}座${r.between(3, 28)}层`]);
  return `${city}${r.pick(districts)}${road}${rest()}`;
}

const streets = 'Maple Oak Cedar Elmwood Riverside Washington Lincoln Sunset Highland Jackson Willow Church'.split(' ');
const cities = [['Springfield', 'IL', '62704'], ['Portland', 'OR', '97205'], ['Austin', 'TX', '78701'], ['Madison', 'WI', '53703'], ['Santa Fe', 'NM', '87501'], ['Albany', 'NY', '12207']];

function addressUs(r) {
  const [city, state, zip] = r.pick(cities);
  const street = `${r.between(1, 9999)} ${r.pick(['', '', 'N ', 'West '])}${r.pick(streets)} ${r.pick(['Street', 'St', 'Avenue', 'Ave', 'Road', 'Drive', 'Lane', 'Blvd', 'Court'])}`;
  return `${street}${r.pick(['', `, Apt ${r.between(1, 40)}${r.pick(['', 'B'])}`, ` Suite ${r.between(100, 900)}`])}${r.pick(['', `, ${city}, ${state} ${zip}`])}`;
}

const mobile = (r) => `1${r.pick(['38', '39', '35', '86', '87', '59', '50', '77', '88', '91', '99', '65'])}${r.text(8, D)}`;
const areas = '212 206 312 415 503 617 702 713 808 919'.split(' ');
const landlines = ['010', '021', '020', '0755', '0571', '028', '025', '0532'];

function phoneCn(r) {
  const n = mobile(r);
  return r.pick([n, n, `${n.slice(0, 3)}-${n.slice(3, 7)}-${n.slice(7)}`, `${n.slice(0, 3)} ${n.slice(3, 7)} ${n.slice(7)}`, `+86 ${n}`, `+86-${n}`, `86${n}`]);
}

function phoneUs(r) {
  const [a, l] = [r.pick(areas), `01${r.text(2, D)}`];
  return r.pick([`(${a}) 555-${l}`, `${a}-555-${l}`, `+1 ${a} 555 ${l}`, `1-${a}-555-${l}`, `${a}.555.${l}`, `+1 (${a}) 555-${l}`, `+1${a}555${l}`]);
}

function phoneIntl(r) {
  const d = (n) => r.text(n, D);
  return r.pick([`+44 20 7946 0${d(3)}`, `+44 7700 900${d(3)}`, `+49 30 23125 ${d(3)}`, `+33 1 99 00 ${d(2)} ${d(2)}`, `+61 491 570 ${d(3)}`, `+852 2${d(3)} ${d(4)}`, `+81-3-5${d(3)}-${d(4)}`, `+91 98${d(3)} ${d(5)}`, `+447700900${d(3)}`, `0044 20 7946 0${d(3)}`, `+44 (0)20 7946 0${d(3)}`]);
}

const password = (r) => r.pick([() => `${r.pick(['tiger', 'Sommer', 'blue', 'zhang'])}${r.pick(['!', '@', '#', ''])}${r.between(10, 99999)}`, () => r.text(10, `${B62}!@#%`) + r.text(1, D), () => `${r.text(4, UPPER)}-${r.text(4, D)}-${r.text(3, LOWER)}`])();
const base64url = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

function pem(r) {
  const kind = r.pick(['RSA ', 'EC ', 'OPENSSH ', '']);
  const lines = Array.from({ length: r.between(4, 10) }, () => r.text(64, `${B62}+/`));
  return `-----BEGIN ${kind}PRIVATE KEY-----\n${lines.join('\n')}\n${r.text(22, B62)}==\n-----END ${kind}PRIVATE KEY-----`;
}

/** Labelled values by `type.form`. */
export const values = {
  email: (r) => `${localPart(r)}@${r.pick(hosts)}`,
  'email.obf': (r) => {
    const [name, host] = [`${r.pick(givenEn).toLowerCase()}.${r.pick(familyEn).toLowerCase()}`, r.pick(['example', 'mail.example', 'uni-nord'])];
    return r.pick([`${name} [at] ${host} [dot] com`, `${name}(at)${host}.org`, `${name} at ${host.replace('.', ' dot ')} dot net`, `${name}[at]${host}.com`]);
  },
  'phone.cn': phoneCn,
  'phone.cnland': (r) => `${r.pick(landlines)}-${r.pick(['6', '8', '5'])}${r.text(7, D)}`,
  'phone.400': (r) => `400-${r.text(3, D)}-${r.text(4, D)}`,
  'phone.us': phoneUs,
  'phone.intl': phoneIntl,
  cnid: residentId,
  cnid15: (r) => `${r.pick(regions)}${pad(r.between(45, 84))}${pad(r.between(1, 12))}${pad(r.between(1, 28))}${r.text(3, D)}`,
  'passport.cn': (r) => r.pick([`E${r.text(8, D)}`, `G${r.text(8, D)}`, `E${r.pick('ABCDEF')}${r.text(7, D)}`]),
  'passport.us': (r) => r.pick([r.text(9, '123456789'), `${r.pick('ABCD')}${r.text(8, D)}`]),
  'passport.any': (r) => r.pick([`${r.text(2, UPPER)}${r.text(7, D)}`, r.text(9, '123456789'), `C${r.text(8, D)}`]),
  card: (r) => luhn(...r.pick([['4', 16], ['51', 16], ['5412', 16], ['37', 15], ['6011', 16], ['3528', 16], ['2221', 16]]), r),
  'card.spaced': (r) => luhn(r.pick(['4', '53', '62']), 16, r).replace(/(\d{4})(?=\d)/g, `$1${r.pick([' ', '-'])}`).replace(/[ -]/g, (c, i, s) => s.match(/[ -]/)[0]),
  'card.union': (r) => luhn(r.pick(['6222', '6217', '6228', '6212']), r.pick([16, 19, 19]), r),
  iban,
  ip: (r) => r.pick([`192.0.2.${r.between(1, 254)}`, `198.51.100.${r.between(1, 254)}`, `203.0.113.${r.between(1, 254)}`, `${r.between(20, 99)}.${r.between(10, 250)}.${r.between(0, 250)}.${r.between(1, 254)}`]),
  ip6: (r) => r.pick([`2001:db8::${r.text(4, HEX)}`, `2001:db8:${r.text(4, HEX)}:${r.text(3, HEX)}::${r.text(2, '123456789')}`, `2001:0db8:85a3:0000:0000:8a2e:0370:${r.text(4, HEX)}`]),
  mac: (r) => { const s = r.pick([':', '-', ':']); const up = r.below(2); return Array.from({ length: 6 }, (_, i) => (i === 0 ? r.pick(['02', '0a', '5e', '3c']) : r.text(2, HEX))).map((b) => (up ? b.toUpperCase() : b)).join(s); },
  'addr.zh': addressZh,
  'addr.us': addressUs,
  'name.en': (r) => `${r.pick(givenEn)} ${r.pick(familyEn)}`,
  'name.zh': (r) => `${r.pick(familyZh)}${r.pick(givenZh)}`,
  ssn: (r) => `${pad(r.between(1, 665), 3)}-${pad(r.between(1, 99))}-${pad(r.between(1, 9999), 4)}`,
  usci: creditCode,
  plate: (r) => `${r.pick('京沪粤浙苏川鄂鲁豫')}${r.pick('ABCDE')}${r.pick(['·', '', ''])}${r.pick([() => r.text(5, D), () => `${r.pick('ABCDFGHJKL')}${r.text(4, D)}`, () => `${r.pick('DF')}${r.text(5, D)}`])()}`,
  qq: (r) => `${r.between(1, 9)}${r.text(r.between(6, 9), D)}`,
  wechat: (r) => r.pick([`${r.pick(givenEn).toLowerCase()}_${r.between(100, 9999)}`, `wxid_${r.text(10, LOWER + D)}`, `${r.text(5, LOWER)}${r.between(10, 9999)}`]),
  'im.skype': (r) => `live:${r.pick(givenEn).toLowerCase()}.${r.between(10, 999)}`,
  'im.discord': (r) => `${r.pick(givenEn).toLowerCase()}#${r.between(1000, 9999)}`,
  handle: (r) => `@${r.pick([`${r.pick(givenEn)}${r.pick(familyEn)}`, `${r.pick(givenEn).toLowerCase()}_${r.between(1, 99)}`, `real${r.pick(familyEn)}`])}`,
  urlcred: (r) => `${r.pick(['app', 'root', 'ci-bot', 'svc_reader'])}:${r.text(r.between(8, 16), B62)}${r.pick(['', '!', '%40'])}`,
  'secret.aws': (r) => `AKIA${r.text(16, `${UPPER}234567`)}`,
  'secret.aliyun': (r) => `LTAI5t${r.text(18, B62)}`,
  'secret.github': (r) => `ghp_${r.text(36, B62)}`,
  'secret.openai': (r) => r.pick([`sk-${r.text(48, B62)}`, `sk-proj-${r.text(60, B62)}`]),
  'secret.slack': (r) => `xoxb-${r.text(12, D)}-${r.text(13, D)}-${r.text(24, B62)}`,
  'secret.stripe': (r) => `sk_test_${r.text(24, B62)}`,
  'secret.hf': (r) => `hf_${r.text(34, UPPER + LOWER)}`,
  'secret.jwt': (r) => `${base64url({ alg: 'HS256', typ: 'JWT' })}.${base64url({ sub: r.text(10, D), iat: 1700000000 + r.below(1e6) })}.${r.text(43, `${B62}-_`)}`,
  'secret.pem': pem,
  'secret.password': password,
  'secret.password.colon': password,
  'secret.generic': (r) => r.pick([r.text(32, HEX), r.text(40, B62), r.text(32, `${B62}-_`)]),
};

export const typeOf = (form) =>
  ({ cnid: 'cn-id', cnid15: 'cn-id', card: 'bank-card', ip: 'ip', ip6: 'ip', addr: 'address', name: 'person-name', ssn: 'us-ssn', usci: 'cn-credit-code', plate: 'cn-plate', qq: 'im-account', wechat: 'im-account', im: 'im-account', urlcred: 'url-credentials' })[form.split('.')[0]] ?? form.split('.')[0];

/** Look-alikes, not labelled. */
export const fillers = {
  order: (r) => r.pick([`${r.between(2019, 2024)}${r.text(10, D)}`, r.text(12, '123456789'), `DD${r.text(10, D)}`, `1${r.text(17, D)}`]),
  tracking: (r) => r.pick([r.text(12, '123456789'), `7${r.text(12, D)}`, r.text(15, '123456789')]),
  sha256: (r) => r.text(64, HEX),
  sha1: (r) => r.text(40, HEX),
  sha1short: (r) => r.text(8, HEX),
  md5: (r) => r.text(32, HEX),
  hex16: (r) => r.text(16, HEX),
  uuid: (r) => `${r.text(8, HEX)}-${r.text(4, HEX)}-4${r.text(3, HEX)}-${r.pick('89ab')}${r.text(3, HEX)}-${r.text(12, HEX)}`,
  base64: (r) => `${r.text(120, `${B62}+/`)}==`,
  placeholder: (r) => r.pick(['your_password', '********', '<password>', 'changeme', '${DB_PASSWORD}', 'xxxxxx']),
};

/** How people hide numbers from collectors. */
export const disguises = {
  wide: (value) => value.replace(/[0-9A-Za-z+-]/g, (c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0)),
  zero: (value) => value.replace(/(\d{3})(?=\d)/g, '$1\u200b'),
  hyphen: (value) => value.replace(/-/g, '\u2011'),
};
