/**
 * The script of a character as SentencePiece's training rules see it (trainer_interface.cc, unicode_script.cc): Japanese
 * kana count as Han, and what is in none of its scripts is Common.
 */

// Those that most texts are written in come first.
const names = `Latin Han Common Inherited Cyrillic Arabic Hangul Hiragana Katakana Greek Devanagari Hebrew Thai Bengali
Tamil Adlam Ahom Anatolian_Hieroglyphs Armenian Avestan Balinese Bamum Bassa_Vah Batak Bhaiksuki Bopomofo Brahmi Braille
Buginese Buhid Canadian_Aboriginal Carian Caucasian_Albanian Chakma Cham Cherokee Coptic Cuneiform Cypriot Deseret
Duployan Egyptian_Hieroglyphs Elbasan Ethiopic Georgian Glagolitic Gothic Grantha Gujarati Gurmukhi Hanunoo Hatran
Imperial_Aramaic Inscriptional_Pahlavi Inscriptional_Parthian Javanese Kaithi Kannada Kayah_Li Kharoshthi Khmer Khojki
Khudawadi Lao Lepcha Limbu Linear_A Linear_B Lisu Lycian Lydian Mahajani Malayalam Mandaic Manichaean Marchen
Meetei_Mayek Mende_Kikakui Meroitic_Cursive Meroitic_Hieroglyphs Miao Modi Mongolian Mro Multani Myanmar Nabataean
New_Tai_Lue Newa Nko Ogham Ol_Chiki Old_Hungarian Old_Italic Old_North_Arabian Old_Permic Old_Persian
Old_South_Arabian Old_Turkic Oriya Osage Osmanya Pahawh_Hmong Palmyrene Pau_Cin_Hau Phags_Pa Phoenician
Psalter_Pahlavi Rejang Runic Samaritan Saurashtra Sharada Shavian Siddham SignWriting Sinhala Sora_Sompeng Sundanese
Syloti_Nagri Syriac Tagalog Tagbanwa Tai_Le Tai_Tham Tai_Viet Takri Tangut Telugu Thaana Tibetan Tifinagh Tirhuta
Ugaritic Vai Warang_Citi Yi`.split(/\s+/);

const kana = new Set(['Hiragana', 'Katakana']);

/** ー, shared by both kana and therefore Common in Unicode. */
const longVowelMark = 0x30fc;

let scripts: readonly { readonly name: string; readonly test: RegExp }[] | undefined;

/** @param char a code point */
export function scriptOf(char: number): string {
  scripts ??= names.map((name) => ({ name, test: new RegExp(`\\p{Script=${name}}`, 'u') }));
  const text = String.fromCodePoint(char);
  const name = scripts.find(({ test }) => test.test(text))?.name ?? 'Common';
  return kana.has(name) || char === longVowelMark ? 'Han' : name;
}
