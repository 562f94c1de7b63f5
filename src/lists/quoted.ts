/** Characters of somebody else's text that are told; nobody reads more of them. */
export const MAX_QUOTED = 60;

/** In quotes, cut, and nothing in it that would do something to a terminal. */
export function quoted(text: string): string {
  const cut = text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED - 1)}…` : text;
  return plainText(JSON.stringify(cut.trim()));
}

/** The same characters but for those that are none to read: they are question marks. */
export const plainText = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?');

/**
 * What is told of a line that cannot be read: its text as far as it could be one of addresses. Whoever names another file, be it by a
 * slip, does not find secrets of it in the log.
 */
export function shownLine(text: string): string {
  const like = /^[\s\d.:/,a-f-]*/i.exec(text)![0];
  if (!/[\da-f][.:]/i.test(like)) return 'no address';
  return quoted(like === text ? text : `${like}…`);
}
