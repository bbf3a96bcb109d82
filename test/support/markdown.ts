/** Pages in Markdown as tests look at them: lines outside of code, links, and the anchors of headings as GitHub makes them. */

/** Lines that a reader sees as text: no code, no comments, no targets of reference links. */
export function proseLines(page: string): string[] {
  return withoutCode(page)
    .split('\n')
    .filter((line) => !/^(<!--|\[.+\]: | {4})/.test(line));
}

function withoutCode(page: string): string {
  return page.replaceAll(/^```[\s\S]*?^```$/gm, '');
}

/** Targets of all links, those of reference links too. */
export function linksOf(page: string): string[] {
  const text = withoutCode(page).replaceAll(/`[^`\n]*`/g, 'code');
  const used = [...text.matchAll(/\[[^\]]*\]\(([^)\s]+)\)/g), ...text.matchAll(/^\[.+\]: (\S+)$/gm)];
  return used.map(([, target]) => target ?? '');
}

/** Names of reference links that are used, and of those that are told. */
export function referencesOf(page: string): { readonly used: Set<string>; readonly told: Set<string> } {
  const text = withoutCode(page).replaceAll(/`[^`\n]*`/g, 'code');
  const names = (pattern: RegExp) => new Set([...text.matchAll(pattern)].map(([, name]) => name ?? ''));
  return { used: names(/\]\[([\w-]+)\]/g), told: names(/^\[(.+)\]: /gm) };
}

/** Every heading's anchor, in order; the second of a name ends with -1. */
export function anchorsOf(page: string): string[] {
  const seen = new Map<string, number>();
  return [...withoutCode(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => {
    const slug = heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-');
    const before = seen.get(slug) ?? 0;
    seen.set(slug, before + 1);
    return before === 0 ? slug : `${slug}-${before}`;
  });
}
