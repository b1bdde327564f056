/** Marks of MediaWiki and Markdown, removed so that the words stay. Bounded expressions: linear time. */

export function removeWiki(text: string): string {
  let result = text;
  // Templates nest: from the inside out.
  for (let round = 0; round < 5; round++) {
    const next = result.replace(/\{\{[^{}]{0,2000}\}\}/g, '').replace(/\{\|[^{}]{0,5000}\|\}/g, '');
    if (next === result) break;
    result = next;
  }
  return result
    .replace(/\[\[(?:File|Image|Category|文件|图像|分类|檔案|分類):[^[\]\n]{0,500}\]\]/gi, '')
    .replace(/\[\[(?:[^[\]|\n]{1,200}\|)?([^[\]|\n]{1,300})\]\]/g, '$1')
    .replace(/\[https?:\/\/[^\s[\]]{1,500} ([^[\]\n]{1,300})\]/g, '$1')
    .replace(/'{2,5}/g, '')
    .replace(/^={2,6} ?([^=\n]{1,200}?) ?={2,6}[ \t]{0,20}$/gm, '$1')
    .replace(/^[*#:;]{1,6} /gm, '')
    .replace(/__[A-Z]{3,20}__/g, '');
}

export function removeMarkdown(text: string): string {
  return text
    .replace(/!\[[^\]\n]{0,300}\]\([^()\s]{0,1000}(?: "[^"\n]{0,200}")?\)/g, '')
    .replace(/\[([^[\]\n]{1,300})\]\([^()\s]{0,1000}(?: "[^"\n]{0,200}")?\)/g, '$1')
    .replace(/^[ \t]{0,3}#{1,6}[ \t]{1,10}/gm, '')
    .replace(/^[ \t]{0,3}(?:[-*_][ \t]?){3,60}$/gm, '')
    .replace(/^[ \t]{0,3}>[ \t]?/gm, '')
    .replace(/^[ \t]{0,3}`{3,8}[^`\n]{0,60}$/gm, '')
    .replace(/(\*\*|__)(?=\S)([^*_\n]{1,500}?)\1/g, '$2')
    .replace(/(?<![\w*])\*(?=\S)([^*\n]{1,300}?)\*(?![\w*])/g, '$1')
    .replace(/`([^`\n]{1,300})`/g, '$1');
}
