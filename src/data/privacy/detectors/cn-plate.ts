/** Chinese licence plates (GA 36): province character, letter, five or six characters with a digit among them. */
import type { Detector } from '../detector.ts';

const PROVINCE = '京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼';
const PLATE = new RegExp(
  `[${PROVINCE}][A-HJ-NP-Z][·•. ]?(?:[A-HJ-NP-Z0-9]{5,6}(?![A-Za-z0-9])|[A-HJ-NP-Z0-9]{4}[挂学警港澳领])`,
  'y',
);

export const cnPlate: Detector = {
  type: 'cn-plate',
  find({ text, digits }, found) {
    let last = -1;
    for (const digit of digits.starts) {
      // The province stands two to eight characters before the first digit.
      for (let start = digit - 2; start >= 0 && start >= digit - 8; start--) {
        const code = text.charCodeAt(start);
        if (code < 128 || code === 0xb7 || code === 0x2022) continue;
        if (start > last && PROVINCE.includes(text[start]!)) {
          PLATE.lastIndex = start;
          const match = PLATE.exec(text);
          if (match && /\d/.test(match[0])) {
            found(start, start + match[0].length);
            last = start;
          }
        }
        break;
      }
    }
  },
};
