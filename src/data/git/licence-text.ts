/** Which licence a licence file holds, as an SPDX id: by phrases that only that licence has. A guess, not legal advice. */

/** All phrases must stand in the text; of those that begin at the same place, the first counts. */
const marks: readonly { readonly id: string; readonly all: readonly string[] }[] = [
  { id: 'Apache-2.0 WITH LLVM-exception', all: ['apache license', 'version 2.0', 'llvm exceptions to the apache'] },
  { id: 'Apache-2.0', all: ['apache license', 'version 2.0'] },
  { id: 'MulanPSL-2.0', all: ['mulan permissive software license', 'version 2'] },
  { id: 'MulanPSL-2.0', all: ['木兰宽松许可证', '第2版'] },
  { id: 'MPL-2.0', all: ['mozilla public license', 'version 2.0'] },
  { id: 'MPL-1.1', all: ['mozilla public license', 'version 1.1'] },
  { id: 'EPL-2.0', all: ['eclipse public license', '2.0'] },
  { id: 'EPL-1.0', all: ['eclipse public license', '1.0'] },
  { id: 'EUPL-1.2', all: ['european union public licence', '1.2'] },
  { id: 'CDDL-1.0', all: ['common development and distribution license', '1.0'] },
  { id: 'BSL-1.0', all: ['boost software license', 'version 1.0'] },
  { id: 'Artistic-2.0', all: ['the artistic license 2.0'] },
  { id: 'PSF-2.0', all: ['python software foundation license'] },
  { id: 'CC0-1.0', all: ['cc0 1.0 universal'] },
  { id: 'CC-BY-NC-SA-4.0', all: ['attribution-noncommercial-sharealike 4.0'] },
  { id: 'CC-BY-NC-ND-4.0', all: ['attribution-noncommercial-noderivatives 4.0'] },
  { id: 'CC-BY-NC-4.0', all: ['attribution-noncommercial 4.0'] },
  { id: 'CC-BY-SA-4.0', all: ['attribution-sharealike 4.0'] },
  { id: 'CC-BY-ND-4.0', all: ['attribution-noderivatives 4.0'] },
  { id: 'CC-BY-4.0', all: ['creative commons attribution 4.0'] },
  { id: 'CC-BY-4.0', all: ['attribution 4.0 international'] },
  { id: 'OFL-1.1', all: ['sil open font license', '1.1'] },
  { id: 'Unlicense', all: ['this is free and unencumbered software released into the public domain'] },
  { id: 'WTFPL', all: ['do what the fuck you want to public license'] },
  {
    id: 'Zlib',
    all: ["provided 'as-is', without any express or implied", 'altered source versions must be plainly marked'],
  },
  {
    id: 'BSD-4-Clause',
    all: ['redistribution and use in source and binary forms', 'advertising materials mentioning features'],
  },
  { id: 'BSD-3-Clause', all: ['redistribution and use in source and binary forms', 'neither the name'] },
  {
    id: 'BSD-3-Clause',
    all: ['redistribution and use in source and binary forms', 'may not be used to endorse or promote'],
  },
  { id: 'BSD-2-Clause', all: ['redistribution and use in source and binary forms'] },
  {
    id: 'X11',
    all: [
      'permission is hereby granted, free of charge, to any person obtaining',
      'except as contained in this notice',
    ],
  },
  {
    id: 'MIT',
    all: ['permission is hereby granted, free of charge, to any person obtaining', 'shall be included in all copies'],
  },
  { id: 'MIT-0', all: ['permission is hereby granted, free of charge, to any person obtaining'] },
  {
    id: 'ISC',
    all: [
      'permission to use, copy, modify, and',
      'distribute this software for any purpose with or without fee',
      'appear in all copies',
    ],
  },
  {
    id: '0BSD',
    all: ['permission to use, copy, modify, and', 'distribute this software for any purpose with or without fee'],
  },
];

/** The GNU licences name each other: what counts is which title comes first. */
const gnu: readonly (readonly [title: string, id: string])[] = [
  ['gnu affero general public license', 'AGPL'],
  ['gnu lesser general public license', 'LGPL'],
  ['gnu library general public license', 'LGPL'],
  ['gnu general public license', 'GPL'],
];

export function isLicenceFile(path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return /^(?:un)?licen[cs]e(?:[-_.][\w.-]{1,40})?$|^copying(?:[-_.][\w.-]{1,40})?$/i.test(name);
}

/** undefined where the text is no licence that is known. */
export function licenceOfText(whole: string): string | undefined {
  const text = whole
    .slice(0, 100_000)
    .toLowerCase()
    .replace(/[\s*#/]+/g, ' ')
    .replace(/[‘’`]/g, "'");
  const tag = /SPDX-License-Identifier:\s{0,9}([\w.+-]{2,60})/i.exec(whole.slice(0, 100_000))?.[1];
  if (tag !== undefined) return tag;
  const head = text.slice(0, 600);
  const found = gnu.map(([title, id]) => ({ at: head.indexOf(title), id })).filter(({ at }) => at >= 0);
  const first = found.sort((a, b) => a.at - b.at)[0];
  if (first) {
    const version = /version (\d(?:\.\d)?)/.exec(text.slice(first.at))?.[1];
    return version === undefined ? undefined : `${first.id}-${version.includes('.') ? version : `${version}.0`}`;
  }
  // Of several licences in one file the first is the project's own; the others are of what it bundles.
  const fitting = marks.filter(({ all }) => all.every((one) => text.includes(one)));
  const places = fitting.map(({ all, id }) => ({ at: text.indexOf(all[0]!), id }));
  return places.sort((a, b) => a.at - b.at)[0]?.id;
}
