const FENCED = /^(`{3,})[\s\S]*?^\1$/gm;

/** What the links and images of a page lead to. */
export function linksOf(text: string): string[] {
  const prose = text.replaceAll(FENCED, '').replaceAll(/`[^`\n]+`/g, 'code');
  return [
    ...prose.matchAll(/\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\)|^\[[^\]]+\]:\s*(\S+)|\b(?:src|href)="([^"]+)"/gm),
  ].map(([, inline, reference, html]) => inline ?? reference ?? html ?? '');
}

/** The anchors of a page, as GitHub makes them of headings: a heading that comes again gets a number. */
export function anchorsOf(text: string): Set<string> {
  const seen = new Map<string, number>();
  return new Set(
    [...text.replaceAll(FENCED, '').matchAll(/^#{1,6} +(.+?) *#*$/gm)].map(([, heading = '']) => {
      const words = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
      const slug = words.replaceAll(/[^\p{L}\p{M}\p{N}\p{Pc} -]/gu, '').replaceAll(' ', '-');
      const times = seen.get(slug) ?? 0;
      seen.set(slug, times + 1);
      return times === 0 ? slug : `${slug}-${times}`;
    }),
  );
}
