/** Licences of source files: SPDX expressions, everyday names, and notices at the head of a file. */

/**
 * Permissive licences (SPDX ids), the common ones of the Blue Oak Council's list, which The Stack used (Kocetkov et al.
 * 2022, §3.1).
 */
export const permissive: readonly string[] = (
  '0BSD AFL-3.0 Apache-1.1 Apache-2.0 Artistic-2.0 BlueOak-1.0.0 BSD-1-Clause BSD-2-Clause BSD-2-Clause-Patent BSD-3-Clause ' +
  'BSD-3-Clause-Clear BSL-1.0 CC0-1.0 curl ECL-2.0 EFL-2.0 FTL HPND ICU ISC libpng-2.0 MIT MIT-0 MIT-CMU MulanPSL-2.0 NCSA ' +
  'OFL-1.1 PHP-3.01 PostgreSQL PSF-2.0 Python-2.0 Ruby TCL Unicode-DFS-2016 Unicode-3.0 Unlicense UPL-1.0 W3C WTFPL X11 Zlib ZPL-2.1'
).split(' ');

const names: Readonly<Record<string, string>> = {
  'mit license': 'MIT',
  'the mit license': 'MIT',
  'the mit license (mit)': 'MIT',
  expat: 'MIT',
  apache: 'Apache-2.0',
  'apache 2.0': 'Apache-2.0',
  'apache license 2.0': 'Apache-2.0',
  'apache license, version 2.0': 'Apache-2.0',
  'apache license version 2.0': 'Apache-2.0',
  'apache 2': 'Apache-2.0',
  'apache-2': 'Apache-2.0',
  'bsd 2-clause': 'BSD-2-Clause',
  'bsd 2-clause license': 'BSD-2-Clause',
  'bsd 3-clause': 'BSD-3-Clause',
  'bsd 3-clause license': 'BSD-3-Clause',
  'new bsd': 'BSD-3-Clause',
  'isc license': 'ISC',
  'the unlicense': 'Unlicense',
  cc0: 'CC0-1.0',
  'cc0 1.0': 'CC0-1.0',
  psf: 'PSF-2.0',
  gpl: 'GPL',
  gplv2: 'GPL-2.0',
  'gpl v2': 'GPL-2.0',
  gplv3: 'GPL-3.0',
  'gpl v3': 'GPL-3.0',
  agplv3: 'AGPL-3.0',
};

/** Notices, the more special first. */
const notices: readonly (readonly [RegExp, string])[] = [
  [/GNU Affero General Public License/i, 'AGPL'],
  [/GNU (?:Lesser|Library) General Public License/i, 'LGPL'],
  [/GNU General Public License/i, 'GPL'],
  [/Licensed under the Apache License,?\s{1,20}Version 2\.0/i, 'Apache-2.0'],
  [/Mozilla Public License,?\s{1,20}(?:v\. |Version )?2\.0/i, 'MPL-2.0'],
  [/Eclipse Public License/i, 'EPL'],
  [/Permission is hereby granted, free of charge, to any person obtaining a copy/i, 'MIT'],
  [/Redistribution and use in source and binary forms/i, 'BSD-3-Clause'],
  [/Permission to use, copy, modify, and\/or distribute this software/i, 'ISC'],
  [/Boost Software License/i, 'BSL-1.0'],
  [/This is free and unencumbered software released into the public domain/i, 'Unlicense'],
  [/All rights reserved\.?\s{1,40}(?:Proprietary|Confidential)|Unauthori[sz]ed copying of this file/i, 'proprietary'],
];

/** What the first characters of a file say: its SPDX tag, else a notice that is known. */
export function licenceInHead(head: string): string | undefined {
  const tag = /SPDX-License-Identifier:[ \t]{0,20}([^\r\n]{1,200})/.exec(head)?.[1];
  if (tag !== undefined) return tag.replace(/(?:\*\/|-->|#\}|"""|\}\}).*$/, '').trim();
  // Notices run over lines that begin with marks of comments.
  const plain = head.replace(/[\r\n]+[ \t]*(?:\/\/+|\*|#+|;+|--)?[ \t]*/g, ' ');
  return notices.find(([pattern]) => pattern.test(plain))?.[1];
}

/** Whether an SPDX expression allows the use under `isAllowed`: OR needs one side, AND both; WITH adds permissions. */
export function expressionAllows(expression: string, isAllowed: (licence: string) => boolean): boolean {
  const everyday = names[expression.trim().toLowerCase()];
  if (everyday !== undefined) return isAllowed(everyday);
  const tokens = expression.match(/[()]|[^\s()]+/g) ?? [];
  let at = 0;
  const either = (depth: number): boolean => {
    let result = both(depth);
    while (/^or$/i.test(tokens[at] ?? '')) {
      at++;
      const right = both(depth);
      result ||= right;
    }
    return result;
  };
  const both = (depth: number): boolean => {
    let result = one(depth);
    while (/^and$/i.test(tokens[at] ?? '')) {
      at++;
      const right = one(depth);
      result &&= right;
    }
    return result;
  };
  const one = (depth: number): boolean => {
    const token = tokens[at++];
    if (token === undefined || token === ')' || depth > 50) return false;
    if (token === '(') {
      const inner = either(depth + 1);
      if (tokens[at] === ')') at++;
      return inner;
    }
    if (/^with$/i.test(tokens[at] ?? '')) at += 2;
    return isAllowed(names[token.toLowerCase()] ?? token);
  };
  const result = either(0);
  // What does not read as an expression (a sentence) allows nothing.
  return result && at === tokens.length;
}

/**
 * Whether a licence is on a list: by id without case; `GPL` stands for all of its versions (but `BSD-3-Clause` not for
 * `BSD-3-Clause-No-Nuclear-License`), `GPL-*` for all that begins so.
 */
export function onList(licence: string, list: readonly string[]): boolean {
  const id = licence.toLowerCase().replace(/\+$|-only$|-or-later$/, '');
  return list.some((entry) => {
    const wanted = entry.toLowerCase();
    if (wanted.endsWith('*')) return id.startsWith(wanted.slice(0, -1));
    if (id === wanted || licence.toLowerCase() === wanted) return true;
    return id.startsWith(`${wanted}-`) && /^\d/.test(id.slice(wanted.length + 1));
  });
}
