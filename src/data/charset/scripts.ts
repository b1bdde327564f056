/**
 * The charsets of scripts beside Latin, each with how likely every character is in a text of its languages: enough of a
 * language model to tell a right reading of bytes from a wrong one.
 */
import { simplifiedHan, traditionalHan } from './common-characters.gen.ts';

export interface Script {
  readonly charset: string;
  /** Bits that a character costs, i.e. −log2 of its probability; those not listed cost `rare`. */
  readonly bits: ReadonlyMap<number, number>;
  readonly rare: number;
  /** One byte a letter, most of them beyond ASCII: words are runs of such bytes. */
  readonly singleByte: boolean;
}

const hanMarks = '，。、；：？！“”‘’（）《》「」『』【】—…·　０１２３４５６７８９';
// Commonest first; the frequent two thirds cover nearly all of a text.
const hiragana =
  'のにたいはとしをでてなるがられもうすさかりっこまきあくだよおえけちそせめわんやみばじどつろへねびげごずぶべほゆむぎゃょゅふひざぐぜぞぬ';
const katakana =
  'ーンスルトイラリアクシドレジタフマロカコサプデバテナニキミムチッオウエグセハパビブボモメダゴゲペポホネツャュョヤヨワヒヘズザギガケゼピソ';
const kanji =
  '日一国人年大十二本中長出三時行見月後前生五間上東四今金九入学高円子外八六下来気小七山話女北午百書先名川千水半男西電校語土木聞食車何南万毎白天母火右読友左休父雨的会事社自者分地部場合業員方法政権利有保由又及各他対義全同最発表作体性化関内定主理用度力明動要取成産当意以機安持指設実現在加立開問題別野京市区県道所通点信教育文家族世界平和思言心手目新回正';
const hangul =
  '이다는을가에의로고하은지를기사도리시인한자서아나대어그있해라수일정전들부제스보주상과만조것게거구장원니으여면유소간없내비선했경데미오안치공세실려무성동말연우적신모회요발물각용두번방국위당와문년월계강관민권명러업트생양형재개바중진료합건통며등할된않던때까든또교육져되받체최질김박따특차산영습약살학';

const cyrillic = 'оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфіїєъґўёђјљњћџ';
const greek = 'αοιετσνηυρπκμλςωίόδάγέήχθύφβώξζψϊϋΐΰ';
const thai = 'านรกอเงมยลวดทตสะปบคหแจพชขใไโผซธถศณฉญภฎฏฐฑฒฆฌษฬ';
const thaiMarks = 'ี่ั้ิ์ืุูำ็๋ึๆฯ';
const arabic = 'الينمورتبعدفهسكقحجةشصطخذىضأئغثإزءظؤآ،';
const persian = 'اینردمهتوبسشکزفقگعخحجپچ‌صطلآذضئغثظءيك،';
const hebrew = 'יוהלארתבשמנםקחדעפכטגצזסןךףץ';

export const scripts: readonly Script[] = [
  many('gb18030', hanMarks, simplifiedHan, 15.5),
  many('big5', hanMarks, traditionalHan, 15.5),
  japanese('euc-jp'),
  japanese('shift_jis'),
  many('euc-kr', '', hangul, 14),
  alphabet('windows-874', interleave(thai, thaiMarks)),
  alphabet('windows-1251', cyrillic, true),
  alphabet('koi8-u', cyrillic, true),
  alphabet('iso-8859-5', cyrillic, true),
  alphabet('ibm866', cyrillic, true),
  alphabet('x-mac-cyrillic', cyrillic, true),
  alphabet('windows-1253', greek, true),
  alphabet('windows-1255', hebrew),
  alphabet('windows-1256', arabic),
  alphabet('windows-1256', persian),
];

/** Thousands of characters: the listed ones after Zipf and Mandelbrot, with 0.85 of the text among them. */
function many(charset: string, marks: string, common: string, rare: number): Script {
  const bits = new Map<number, number>();
  put(bits, marks, marks === '' ? 0 : 0.1, () => 1);
  put(bits, common, marks === '' ? 0.9 : 0.78, (rank) => 1 / (rank + 15));
  return { charset, bits, rare, singleByte: false };
}

function japanese(charset: string): Script {
  const bits = new Map<number, number>();
  put(bits, hanMarks, 0.08, () => 1);
  put(bits, hiragana, 0.45, (rank, count) => count - rank);
  put(bits, katakana, 0.1, (rank, count) => count - rank);
  put(bits, kanji, 0.25, (rank) => 1 / (rank + 60));
  return { charset, bits, rare: 15, singleByte: false };
}

/** Letters fall off evenly from the first to the last. */
function alphabet(charset: string, letters: string, cased = false): Script {
  const bits = new Map<number, number>();
  put(bits, letters, cased ? 0.93 : 0.97, (rank, count) => count - rank);
  if (cased) put(bits, letters.toUpperCase(), 0.05, (rank, count) => count - rank);
  put(bits, '«»“”‘’–—…№\u00a0', 0.02, () => 1);
  return { charset, bits, rare: 13, singleByte: true };
}

/** Shares out `mass` among the characters by weight; what is listed already keeps its bits. */
function put(
  bits: Map<number, number>,
  characters: string,
  mass: number,
  weight: (rank: number, count: number) => number,
): void {
  const units = [...new Set(characters)].map((character) => character.charCodeAt(0));
  const weights = units.map((_, rank) => weight(rank, units.length));
  const total = weights.reduce((sum, one) => sum + one, 0);
  for (const [rank, unit] of units.entries()) {
    if (!bits.has(unit)) bits.set(unit, -Math.log2((mass * weights[rank]!) / total));
  }
}

function interleave(a: string, b: string): string {
  let mixed = '';
  for (let i = 0; i < Math.max(a.length, b.length); i++) mixed += (a[i] ?? '') + (b[i] ?? '');
  return mixed;
}
