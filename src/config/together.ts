import type { z } from 'zod';
import type { Transport } from '../detect/probe.ts';
import { PortSet } from '../values/ports.ts';

/** What the check looks at; any of it may be of the wrong kind still, which others complain about. */
type Parts = {
  readonly monitor?: Partial<Record<Transport, { unused: PortSet; except: PortSet } | undefined>>;
  readonly listen?: Partial<Record<Transport, PortSet>>;
  readonly log?: { readonly format?: string };
  readonly portsentry?: { readonly style?: string; readonly history?: string | undefined } | undefined;
};

/** Complaints about options that are right alone and wrong together. */
export function checkTogether(config: Parts, context: z.RefinementCtx): void {
  const complaint = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message });
  for (const protocol of ['tcp', 'udp'] as const) {
    const both = monitoredToo(config, protocol);
    if (both.size === 0) continue;
    const words = both.size === 1 ? `port ${both} is` : `ports ${both} are`;
    complaint(
      ['listen', protocol],
      `${words} monitored, too, but what the sentry listens at is never unused; ` +
        `take it out of monitor.${protocol}.unused, or add it to monitor.${protocol}.except`,
    );
  }
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

/** Ports of `listen` that `monitor` names as well. */
function monitoredToo({ monitor, listen }: Parts, protocol: Transport): PortSet {
  const [listened, watched] = [listen?.[protocol], monitor?.[protocol]];
  const both = new PortSet();
  if (!(listened instanceof PortSet && watched?.unused instanceof PortSet)) return both;
  for (const port of listened) if (watched.unused.has(port)) both.add(port);
  if (watched.except instanceof PortSet) for (const port of watched.except) both.delete(port);
  return both;
}
