/**
 * Small texts in many languages and of many kinds, to compare tokenizers on the same words. The languages say the same
 * (Articles 1 and 19 of the Universal Declaration of Human Rights), so their tokens can be compared with each other.
 */

export interface SampleText {
  readonly name: string;
  readonly domain: 'language' | 'verse' | 'code' | 'data' | 'chat';
  readonly text: string;
  /** What allows it to stand here. */
  readonly licence: string;
}

const declaration = 'Universal Declaration of Human Rights, United Nations: free to use';
const publicDomain = 'public domain';
const own = 'written for this project';

const languages: readonly (readonly [name: string, text: string])[] = [
  [
    'English',
    'All human beings are born free and equal in dignity and rights. They are endowed with reason and conscience and should act towards one another in a spirit of brotherhood. Everyone has the right to freedom of opinion and expression; this right includes freedom to hold opinions without interference and to seek, receive and impart information and ideas through any media and regardless of frontiers.',
  ],
  [
    'Chinese (Simplified)',
    '人人生而自由，在尊严和权利上一律平等。他们赋有理性和良心，并应以兄弟关系的精神相对待。 人人有权享有主张和发表意见的自由；此项权利包括持有主张而不受干涉的自由，和通过任何媒介和不论国界寻求、接受和传递消息和思想的自由。',
  ],
  [
    'Chinese (Traditional)',
    '人人生而自由，在尊嚴和權利上一律平等。他們賦有理性和良心，並應以兄弟關係的精神相對待。 人人有權享有主張和發表意見的自由；此項權利包括持有主張而不受干涉的自由，和通過任何媒介和不論國界尋求、接受和傳遞消息和思想的自由。',
  ],
  [
    'Japanese',
    'すべての人間は、生まれながらにして自由であり、かつ、尊厳と権利とについて平等である。人間は、理性と良心とを授けられており、互いに同胞の精神をもって行動しなければならない。 すべて人は、意見及び表現の自由を享有する権利を有する。この権利は、干渉を受けることなく自己の意見をもつ自由並びにあらゆる手段により、また、国境を越えると否とにかかわりなく、情報及び思想を求め、受け、及び伝える自由を含む。',
  ],
  [
    'Korean',
    '모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다. 인간은 천부적으로 이성과 양심을 부여받았으며 서로 형제애의 정신으로 행동하여야 한다. 모든 사람은 의견의 자유와 표현의 자유에 대한 권리를 가진다. 이러한 권리는 간섭없이 의견을 가질 자유와 국경에 관계없이 어떠한 매체를 통해서도 정보와 사상을 추구하고, 얻으며, 전달하는 자유를 포함한다.',
  ],
  [
    'German',
    'Alle Menschen sind frei und gleich an Würde und Rechten geboren. Sie sind mit Vernunft und Gewissen begabt und sollen einander im Geist der Brüderlichkeit begegnen. Jeder hat das Recht auf Meinungsfreiheit und freie Meinungsäußerung; dieses Recht schließt die Freiheit ein, Meinungen ungehindert anzuhängen sowie über Medien jeder Art und ohne Rücksicht auf Grenzen Informationen und Gedankengut zu suchen, zu empfangen und zu verbreiten.',
  ],
  [
    'French',
    'Tous les êtres humains naissent libres et égaux en dignité et en droits. Ils sont doués de raison et de conscience et doivent agir les uns envers les autres dans un esprit de fraternité. Tout individu a droit à la liberté d’opinion et d’expression, ce qui implique le droit de ne pas être inquiété pour ses opinions et celui de chercher, de recevoir et de répandre, sans considérations de frontières, les informations et les idées par quelque moyen d’expression que ce soit.',
  ],
  [
    'Spanish',
    'Todos los seres humanos nacen libres e iguales en dignidad y derechos y, dotados como están de razón y conciencia, deben comportarse fraternalmente los unos con los otros. Todo individuo tiene derecho a la libertad de opinión y de expresión; este derecho incluye el de no ser molestado a causa de sus opiniones, el de investigar y recibir informaciones y opiniones, y el de difundirlas, sin limitación de fronteras, por cualquier medio de expresión.',
  ],
  [
    'Portuguese',
    'Todos os seres humanos nascem livres e iguais em dignidade e em direitos. Dotados de razão e de consciência, devem agir uns para com os outros em espírito de fraternidade. Todo o indivíduo tem direito à liberdade de opinião e de expressão, o que implica o direito de não ser inquietado pelas suas opiniões e o de procurar, receber e difundir, sem consideração de fronteiras, informações e ideias por qualquer meio de expressão.',
  ],
  [
    'Russian',
    'Все люди рождаются свободными и равными в своем достоинстве и правах. Они наделены разумом и совестью и должны поступать в отношении друг друга в духе братства. Каждый человек имеет право на свободу убеждений и на свободное выражение их; это право включает свободу беспрепятственно придерживаться своих убеждений и свободу искать, получать и распространять информацию и идеи любыми средствами и независимо от государственных границ.',
  ],
  [
    'Turkish',
    'Bütün insanlar hür, haysiyet ve haklar bakımından eşit doğarlar. Akıl ve vicdana sahiptirler ve birbirlerine karşı kardeşlik zihniyeti ile hareket etmelidirler. Her ferdin fikir ve fikirlerini açıklamak hürriyetine hakkı vardır. Bu hak fikirlerinden ötürü rahatsız edilmemek, memleket sınırları mevzubahis olmaksızın malümat ve fikirleri her vasıta ile aramak, elde etmek veya yaymak hakkını içerir.',
  ],
  [
    'Vietnamese',
    'Tất cả mọi người sinh ra đều được tự do và bình đẳng về nhân phẩm và quyền. Mọi con người đều được tạo hoá ban cho lý trí và lương tâm và cần phải đối xử với nhau trong tình bằng hữu. Mọi người đều có quyền tự do ngôn luận và bầy tỏ quan điểm; kể cả tự do bảo lưu ý kiến không phụ thuộc vào bất cứ sự can thiệp nào, cũng như tự do tìm kiếm, thu nhận, tryền bá thông tin và ý kiến bằng bất cứ phương tiện thông tin đại chúng nào và không giới hạn về biên giới.',
  ],
  [
    'Arabic',
    'يولد جميع الناس أحرارًا متساوين في الكرامة والحقوق. وقد وهبوا عقلاً وضميرًا وعليهم أن يعامل بعضهم بعضًا بروح الإخاء. لكل شخص الحق في حرية الرأي والتعبير. ويشمل هذا الحق حرية اعتناق الآراء دون أي تدخل، واستقاء الأنباء والأفكار وتلقيها وإذاعتها بأية وسيلة كانت دون تقيد بالحدود الجغرافية.',
  ],
  [
    'Hebrew',
    'כל בני אדם נולדו בני חורין ושווים בערכם ובזכויותיהם. כולם חוננו בתבונה ובמצפון, לפיכך חובה עליהם לנהוג איש ברעהו ברוח של אחוה. כל אדם זכאי לחירות הדעה והבטוי, לרבות החירות להחיק בדעות ללא כל הפרעה, ולבקש ידיעות ודעות, ולקבלן ולמסרן בכל הדרכים וללא סייגי גבולות.',
  ],
  [
    'Hindi',
    'सभी मनुष्यों को गौरव और अधिकारों के मामले में जन्मजात स्वतन्त्रता और समानता प्राप्त है । उन्हें बुद्धि और अन्तरात्मा की देन प्राप्त है और परस्पर उन्हें भाईचारे के भाव से बर्ताव करना चाहिए । प्रत्येक व्यक्ति को विचार और उसकी अभिव्यक्ति की स्वतन्त्रता का अधिकार है । इसके अन्तर्गत बिना हस्तक्षेप के कोई राय रखना और किसी भी माध्यम के ज़रिए से तथा सीमाओं की परवाह न कर के किसी की मूचना और धारणा का अन्वेषण, प्रहण तथा प्रदान सम्मिलित है ।',
  ],
  [
    'Bengali',
    'সমস্ত মানুষ স্বাধীনভাবে সমান মর্যাদা এবং অধিকার নিয়ে জন্মগ্রহণ করে। তাঁদের বিবেক এবং বুদ্ধি আছে; সুতরাং সকলেরই একে অপরের প্রতি ভ্রাতৃত্বসুলভ মনোভাব নিয়ে আচরণ করা উচিত। প্রত্যেকের\u200cই মতামত পোষণ এবং মতামত প্রকাশের স্বাধীনতায় অধিকার রয়েছে। অবাধে মতামত পোষণ এবং রাষ্ট্রীয় সীমানা নির্বিশেষে যে কোন মাধ্যমের মারফত ভাব এবং তথ্য জ্ঞাপন, গ্রহণ ও সন্ধানের স্বাধীনতা\u200cও এ অধিকারের অন্তর্ভূক্ত।',
  ],
  [
    'Thai',
    'มนุษย์ทั้งปวงเกิดมามีอิสระและเสมอภาคกันในศักดิ์ศรีและสิทธิ ต่างในตนมีเหตุผลและมโนธรรม และควรปฏิบัติต่อกันด้วยจิตวิญญาณแห่งภราดรภาพ ทุกคนมีสิทธิในอิสรภาพแห่งความเห็นและการแสดงออก ทั้งนี้ สิทธินี้รวมถึงอิสรภาพที่จะถือเอาความเห็นโดยปราศจากการแทรกแซง และที่จะแสวงหา รับและส่งข้อมูลข่าวสารและข้อคิดผ่านสื่อใด และโดยไม่คำนึงถึงพรมแดน',
  ],
  [
    'Greek',
    'Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και ίσοι στην αξιοπρέπεια και τα δικαιώματα. Είναι προικισμένοι με λογική και συνείδηση, και οφείλουν να συμπεριφέρονται μεταξύ τους με πνεύμα αδελφοσύνης. Καθένας έχει το δικαίωμα της ελευθερίας της γνώμης και της έκφρασης, που σημαίνει το δικαίωμα να μην υφίσταται δυσμενείς συνέπειες για τις γνώμες του, και το δικαίωμα να αναζητεί, να παίρνει και να διαδίδει πληροφορίες και ιδέες, με οποιοδήποτε μέσο έκφρασης, και από όλο τον κόσμο.',
  ],
  [
    'Swahili',
    'Watu wote wamezaliwa huru, hadhi na haki zao ni sawa. Wote wamejaliwa akili na dhamiri, hivyo yapasa watendeane kindugu. Kila mmoja ana haki ya uhuru wa kutoa na kueleza maoni yake; haki hii inahusu pia uhuru wa kushikilia maoni yake bila kuingiliwa kati, na uhuru wa kutafuta na kutoa habari na maoni kwa njia yo yote bila kujali mipaka.',
  ],
];

export const sampleTexts: readonly SampleText[] = [
  ...languages.map(([name, text]) => ({ name, domain: 'language' as const, text, licence: declaration })),
  {
    name: 'Chinese verse',
    domain: 'verse',
    text: '床前明月光，疑是地上霜。舉頭望明月，低頭思故鄉。\n紅豆生南國，春來發幾枝？願君多采擷，此物最相思。',
    licence: publicDomain,
  },
  {
    name: 'English verse',
    domain: 'verse',
    text: "Shall I compare thee to a summer's day?\nThou art more lovely and more temperate:\nRough winds do shake the darling buds of May,\nAnd summer's lease hath all too short a date.",
    licence: publicDomain,
  },
  {
    name: 'Python',
    domain: 'code',
    text: 'def fibonacci(limit: int) -> list[int]:\n    """All numbers of the sequence up to `limit`."""\n    numbers = [0, 1]\n    while numbers[-1] + numbers[-2] <= limit:\n        numbers.append(numbers[-1] + numbers[-2])\n    return numbers\n\n\nif __name__ == "__main__":\n    print(*fibonacci(1_000), sep=", ")\n',
    licence: own,
  },
  {
    name: 'TypeScript',
    domain: 'code',
    text: 'export async function readLines(path: string, limit = Infinity): Promise<string[]> {\n  const lines: string[] = [];\n  for await (const line of createInterface({ input: createReadStream(path) })) {\n    if (lines.push(line.trimEnd()) >= limit) break;\n  }\n  return lines;\n}\n',
    licence: own,
  },
  {
    name: 'C',
    domain: 'code',
    text: '#include <stdio.h>\n\nint main(int argc, char **argv) {\n\tfor (int i = 1; i < argc; i++) {\n\t\tprintf("%d: %s\\n", i, argv[i]);\n\t}\n\treturn 0;\n}\n',
    licence: own,
  },
  {
    name: 'JSON',
    domain: 'data',
    text: '{"id": "a3f1-77c0", "when": "2024-05-17T08:31:09Z", "items": [{"sku": 40017, "price": 12.5, "tags": ["new", "red"]}, {"sku": 90210, "price": 0.99, "tags": []}], "ok": true}',
    licence: own,
  },
  {
    name: 'numbers',
    domain: 'data',
    text: '3.14159265358979 2,718,281 1e-9 0x7fff 10:45 2024-12-31 192.168.0.1 100% 1/3 −40 °C\n17 × 23 = 391; 4096 ÷ 64 = 64; 99999 + 1 = 100000',
    licence: own,
  },
  {
    name: 'mathematics',
    domain: 'data',
    text: '\\begin{equation}\n  \\int_{-\\infty}^{\\infty} e^{-x^2}\\,dx = \\sqrt{\\pi}, \\qquad \\sum_{n=1}^{\\infty} \\frac{1}{n^2} = \\frac{\\pi^2}{6}\n\\end{equation}\n∀ε>0 ∃δ>0: |x−a|<δ ⇒ |f(x)−f(a)|<ε',
    licence: own,
  },
  {
    name: 'chat',
    domain: 'chat',
    text: "omg it's SOOO good 😂😂 can't wait!!! see u @ 8pm?? 🎉🎉 #friday\n哈哈哈哈笑死我了🤣 明天见👋🏽 今晚8點，記得帶☂️ lol",
    licence: own,
  },
];
