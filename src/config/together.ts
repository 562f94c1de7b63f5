import type { z } from 'zod';

/** What the check looks at; any of it may be of the wrong kind still, which others complain about. */
type Parts = {
  readonly log?: { readonly format?: string };
  readonly portsentry?: { readonly style?: string; readonly history?: string | undefined } | undefined;
};

/** Complaints about options that are right alone and wrong together. */
export function checkTogether(config: Parts, context: z.RefinementCtx): void {
  const complaint = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message });
  if (config.log?.format === 'portsentry' && config.portsentry === undefined) {
    complaint(['log', 'format'], 'needs to know which PortSentry; add portsentry: { style: "1.2" }');
  }
  const { style, history } = config.portsentry ?? {};
  if (style === '2' && history !== undefined && config.log?.format !== 'portsentry') {
    complaint(
      ['portsentry', 'history'],
      'has the lines of the log in style 2; add log: { format: portsentry }',
    );
  }
}
