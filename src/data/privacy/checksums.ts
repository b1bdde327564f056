/** Check digits of numbers that people carry. Each takes the number without separators, already of the right shape. */

/** Luhn, ISO/IEC 7812-1 annex B: payment cards. */
export function luhnValid(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = digits.charCodeAt(digits.length - 1 - i) - 48;
    const doubled = i % 2 === 1 ? 2 * digit : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

const ID_CHECKS = '10X98765432';

/** The last character of a Chinese resident ID: ISO 7064 MOD 11-2 over the first 17 digits (GB 11643-1999). */
export function residentIdCheck(digits17: string): string {
  let remainder = 0;
  for (const digit of digits17) remainder = ((remainder + Number(digit)) * 2) % 11;
  // Weights are 2^(17-i) mod 11; the running form has one doubling for each of them.
  return ID_CHECKS[remainder]!;
}

const CREDIT_CODE = '0123456789ABCDEFGHJKLMNPQRTUWXY';

/** The last character of a unified social credit code: MOD 31 with weights 3^i (GB 32100-2015). */
export function creditCodeCheck(code17: string): string {
  let sum = 0;
  let weight = 1;
  for (const character of code17) {
    sum += CREDIT_CODE.indexOf(character) * weight;
    weight = (weight * 3) % 31;
  }
  return CREDIT_CODE[(31 - (sum % 31)) % 31]!;
}

/** ISO 7064 MOD 97-10 as IBANs use it (ISO 13616): the first four characters go to the end, letters count from 10. */
export function ibanValid(iban: string): boolean {
  let remainder = 0;
  for (const character of iban.slice(4) + iban.slice(0, 4)) {
    const value = Number.parseInt(character, 36);
    remainder = (remainder * (value > 9 ? 100 : 10) + value) % 97;
  }
  return remainder === 1;
}

/** Whether the year, month and day exist. */
export function isDate(year: number, month: number, day: number): boolean {
  if (month < 1 || month > 12 || day < 1) return false;
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return day <= [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]!;
}
