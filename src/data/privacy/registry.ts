/** Every detector, by what it finds. Adding one = a file under detectors/, its name in detector.ts, and a line here. */
import type { Detector, PiiType } from './detector.ts';
import { address } from './detectors/address.ts';
import { bankCard } from './detectors/bank-card.ts';
import { cnCreditCode } from './detectors/cn-credit-code.ts';
import { cnId } from './detectors/cn-id.ts';
import { cnPlate } from './detectors/cn-plate.ts';
import { email } from './detectors/email.ts';
import { handle } from './detectors/handle.ts';
import { iban } from './detectors/iban.ts';
import { imAccount } from './detectors/im-account.ts';
import { ip } from './detectors/ip.ts';
import { mac } from './detectors/mac.ts';
import { passport } from './detectors/passport.ts';
import { personName } from './detectors/person-name.ts';
import { phone } from './detectors/phone.ts';
import { secret } from './detectors/secret.ts';
import { urlCredentials } from './detectors/url-credentials.ts';
import { usSsn } from './detectors/us-ssn.ts';

export const detectors: Readonly<Record<PiiType, Detector>> = {
  secret,
  'url-credentials': urlCredentials,
  email,
  'cn-id': cnId,
  'cn-credit-code': cnCreditCode,
  iban,
  'bank-card': bankCard,
  'us-ssn': usSsn,
  passport,
  phone,
  mac,
  ip,
  'cn-plate': cnPlate,
  'im-account': imAccount,
  address,
  handle,
  'person-name': personName,
};
