/**
 * Keys and tokens whose issuers gave them a recognisable beginning: from the issuers' own documentation (GitHub, GitLab,
 * AWS, Stripe, Slack, …). Each line: beginnings, then the rest as a bounded pattern.
 */

export type SecretForm = readonly [beginnings: string, rest: string];

const END = '(?![A-Za-z0-9])';

export const secretForms: readonly SecretForm[] = [
  // Clouds: Amazon's access key ids, Alibaba, Tencent
  ['AKIA ASIA AROA AIDA AGPA ANPA ABIA ACCA', `[A-Z0-9]{16}${END}`],
  ['LTAI', `[A-Za-z0-9]{12,24}${END}`],
  ['AKID', `[A-Za-z0-9]{28,40}${END}`],
  // Code hosts
  ['ghp_ gho_ ghu_ ghs_ ghr_', '[A-Za-z0-9]{36,255}'],
  ['github_pat_', '[A-Za-z0-9_]{60,255}'],
  ['glpat- gldt- glrt- glptt- glcbt- glsoat- glagent- glft- gloas-', '[A-Za-z0-9_-]{20,64}'],
  ['ATATT3', '[A-Za-z0-9_=-]{40,250}'],
  ['ATBB', `[A-Za-z0-9]{24,40}${END}`],
  // Package registries
  ['npm_', `[A-Za-z0-9]{36}${END}`],
  ['pypi-', '[A-Za-z0-9_-]{50,300}'],
  ['rubygems_', '[a-f0-9]{48}'],
  ['dckr_pat_ dckr_oat_', '[A-Za-z0-9_-]{20,60}'],
  // Models
  ['sk-ant-', '[a-z0-9]{2,12}-[A-Za-z0-9_-]{20,200}'],
  ['sk-proj- sk-svcacct- sk-admin- sk-or-v1- sk-None-', '[A-Za-z0-9_-]{20,250}'],
  ['sk-', `[A-Za-z0-9]{20,64}${END}`],
  ['hf_ api_org_', '[A-Za-z0-9]{30,64}'],
  ['gsk_', '[A-Za-z0-9]{40,64}'],
  ['xai-', '[A-Za-z0-9]{60,100}'],
  ['pplx-', '[A-Za-z0-9]{40,64}'],
  ['r8_', '[A-Za-z0-9]{36,40}'],
  // Payments
  ['sk_live_ sk_test_ pk_live_ pk_test_ rk_live_ rk_test_', '[A-Za-z0-9]{10,120}'],
  ['whsec_', '[A-Za-z0-9+/]{24,64}'],
  ['sq0atp- sq0csp- sq0idp-', '[A-Za-z0-9_-]{22,64}'],
  // Chat
  ['xoxa- xoxb- xoxe- xoxo- xoxp- xoxr- xoxs-', '(?:[A-Za-z0-9]{1,24}-){1,5}[A-Za-z0-9]{8,64}'],
  ['xapp-', '\\d-[A-Z0-9]{8,16}-\\d{8,16}-[a-f0-9]{32,80}'],
  ['hooks.slack.com/services/', 'T[A-Z0-9]{6,14}/B[A-Z0-9]{6,14}/[A-Za-z0-9]{16,32}'],
  ['discord.com/api/webhooks/ discordapp.com/api/webhooks/', '\\d{15,22}/[A-Za-z0-9_-]{50,90}'],
  ['M N O', '[A-Za-z0-9_-]{23,27}\\.[A-Za-z0-9_-]{6}\\.[A-Za-z0-9_-]{27,40}'],
  // Google
  ['AIza', '[A-Za-z0-9_-]{35}'],
  ['GOCSPX-', '[A-Za-z0-9_-]{28}'],
  ['ya29.', '[A-Za-z0-9_-]{30,300}'],
  // Mail and telephony
  ['SG.', '[A-Za-z0-9_-]{16,32}\\.[A-Za-z0-9_-]{32,64}'],
  ['key-', `[a-f0-9]{32}${END}`],
  ['AC SK', `[a-f0-9]{32}${END}`],
  ['xkeysib-', '[a-f0-9]{64}-[A-Za-z0-9]{16}'],
  // Hosting and operations
  ['dop_v1_ doo_v1_ dor_v1_', '[a-f0-9]{64}'],
  ['shpat_ shpca_ shppa_ shpss_', '[a-fA-F0-9]{32}'],
  ['dapi', `[a-f0-9]{32}${END}`],
  ['hvs. hvb. hvr.', '[A-Za-z0-9_-]{24,200}'],
  ['glc_ glsa_', '[A-Za-z0-9+/_=]{32,200}'],
  ['NRAK-', '[A-Z0-9]{27}'],
  ['sntrys_ sntryu_', '[A-Za-z0-9+/_=]{40,250}'],
  ['figd_', '[A-Za-z0-9_-]{36,60}'],
  ['pscale_tkn_ pscale_pw_ pscale_oauth_', '[A-Za-z0-9_.-]{32,64}'],
  ['sbp_', '[a-f0-9]{40}'],
  ['sb_secret_', '[A-Za-z0-9_-]{20,60}'],
  ['PMAK-', '[a-f0-9]{24}-[a-f0-9]{34}'],
  ['lin_api_', '[A-Za-z0-9]{40}'],
  ['ntn_', '[A-Za-z0-9]{40,60}'],
  ['dp.pt. dp.st. dp.ct. dp.sa.', '[A-Za-z0-9_.-]{40,64}'],
  ['AGE-SECRET-KEY-1', '[A-Z0-9]{58}'],
  ['tskey-auth- tskey-api-', '[A-Za-z0-9]{6,24}-[A-Za-z0-9]{16,48}'],
  ['nfp_', '[A-Za-z0-9]{36,60}'],
  // JSON Web Tokens (RFC 7519): two parts that begin with {" in base64url
  ['eyJ', '[A-Za-z0-9_-]{10,4000}\\.eyJ[A-Za-z0-9_-]{6,8000}(?:\\.[A-Za-z0-9_-]{0,2000})?'],
];
