import type { Lab } from '../../lab/lab.ts';
import { driverCount, type Tool } from './tool.ts';

const ATTACH = new URL('../bare.ts', import.meta.url).pathname;

/** `return XDP_DROP`: nothing in the kernel is faster. */
export async function bareDrop(lab: Lab): Promise<Tool> {
  await attach(lab, 'xs_bare_drop');
  return { handled: () => driverCount(lab, 'xdp_drops') };
}

/** `return XDP_PASS`: the network stack does all the work. It has no route back to whom it would answer. */
export async function barePass(lab: Lab, { family }: { readonly family: 4 | 6 }): Promise<Tool> {
  await attach(lab, 'xs_bare_pass');
  return { handled: () => received(lab, family) };
}

async function attach(lab: Lab, program: string): Promise<void> {
  const child = lab.sentry.spawn(process.execPath, [ATTACH, lab.sentry.interface, program]);
  await child.waitFor(program, () => child.stdout.includes('ready'));
}

async function received(lab: Lab, family: 4 | 6): Promise<number> {
  if (family === 6) {
    const { stdout } = await lab.sentry.execute('cat', ['/proc/net/snmp6']);
    return Number(/^Ip6InReceives\s+(\d+)/m.exec(stdout)![1]);
  }
  const { stdout } = await lab.sentry.execute('cat', ['/proc/net/snmp']);
  const [names, values] = [...stdout.matchAll(/^Ip: (.*)$/gm)].map(([, line]) => line!.split(' '));
  return Number(values![names!.indexOf('InReceives')]);
}
