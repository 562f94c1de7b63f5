/** Control characters except the tab, and the separators at which some readers (Python's, for one) also begin a new line. */
const NOT_IN_A_LINE = /[^\P{Cc}\t]|[\p{Zl}\p{Zp}]/gu;

/**
 * The text as one line of a log: line ends at its end are taken off, and what would begin another line or command a terminal
 * becomes `?`. Texts hold what strangers choose, such as the name that their resolver gives.
 */
export const oneLine = (text: string): string => text.replace(/[\r\n]+$/, '').replace(NOT_IN_A_LINE, '?');
