import type { PortsentryLine } from './line.ts';

/** What both versions say in nearly the same words. */
export type Notice = {
  /**
   * As PortSentry means them: `attackalert` a sensor tripped or an answer was given, `securityalert` it concerns security,
   * `adminalert` it concerns whoever runs the sentry.
   */
  readonly tag: 'attackalert' | 'securityalert' | 'adminalert';
  readonly isError?: boolean;
  /** Version 2 has it without a tag, though it tags attacks otherwise. */
  readonly isBareIn2?: boolean;
  readonly text: string;
};

/** Version 1.2 tags every line, and says ERROR, because everything is a notice to syslog. */
export const inStyle12 = ({ tag, isError, text }: Notice): string =>
  `${tag}: ${isError ? 'ERROR: ' : ''}${text}`;

/** Version 2 tags attacks only, and leaves errors to the severity. */
export const inStyle2 = ({ tag, isError, isBareIn2, text }: Notice): PortsentryLine => ({
  severity: isError ? 'error' : 'notice',
  text: tag === 'attackalert' && !isBareIn2 ? `${tag}: ${text}` : text,
});
