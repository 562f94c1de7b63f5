import {
  type BpfError,
  BpfLink,
  type BpfProgram,
  interfaceHardware,
  interfaceIndex,
  programName,
  queryXdp,
} from 'bpf-loader-native';
import { SentryError } from '../errors.ts';
import type { XdpMode } from './data-plane.ts';

/** linux/if_arp.h */
const ARPHRD_ETHER = 1;
const ARPHRD_LOOPBACK = 772;

export type AttachMode = 'auto' | XdpMode;
export type AttachedLink = {
  readonly link: BpfLink;
  readonly mode: XdpMode;
  /** Why it is not native although `auto` would have liked it. */
  readonly fallback: string | undefined;
};

/**
 * Puts the program on the interface; it stays as long as the link is open or pinned. `auto` tries native and falls back to
 * generic, and the answer says why. What somebody else has put there is never touched.
 */
export function attachAnew(
  program: BpfProgram,
  name: string,
  ifindex: number,
  wanted: AttachMode,
): AttachedLink {
  refuseOtherProgram(name, ifindex);

  const attempt = (mode: XdpMode, fallback?: string) => ({
    link: BpfLink.attachXdp(program, ifindex, mode),
    mode,
    fallback,
  });
  try {
    if (wanted !== 'auto') return attempt(wanted);
    try {
      return attempt('native');
    } catch (error) {
      const { code } = error as BpfError;
      if (isTaken(code) || code === 'EPERM') throw error;
      return attempt('generic', `the driver refused native mode: ${(error as Error).message}`);
    }
  } catch (error) {
    throw explainAttachError(error, name, ifindex);
  }
}

/** Number of the interface. Throws XS_ERR_NO_INTERFACE when there is none of that name. */
export function requireInterface(name: string): number {
  const ifindex = interfaceIndex(name);
  if (ifindex === 0) throw new SentryError('XS_ERR_NO_INTERFACE', name);
  return ifindex;
}

/** False for tun, wireguard, ppp and the like, whose packets start with the IP header. */
export function hasEthernet(name: string): boolean {
  const type = interfaceHardware(name)?.type;
  return type === undefined || type === ARPHRD_ETHER || type === ARPHRD_LOOPBACK;
}

/** Throws XS_ERR_OTHER_XDP when a program sits there. Its name the kernel tells only to who has CAP_SYS_ADMIN. */
export function refuseOtherProgram(name: string, ifindex: number): void {
  const { nativeId, genericId, offloadedId } = queryXdp(ifindex);
  const id = nativeId || genericId || offloadedId;
  if (id === 0) return;
  const program = programName(id);
  const which = program ? `"${program}"` : `(\`ip -details link show ${name}\` has its name)`;
  throw new SentryError('XS_ERR_OTHER_XDP', `${name} has program ${id} ${which}`);
}

function explainAttachError(error: unknown, name: string, ifindex: number): SentryError {
  if (error instanceof SentryError) return error;
  const { code, message } = error as BpfError;
  if (isTaken(code)) {
    refuseOtherProgram(name, ifindex);
    return new SentryError('XS_ERR_OTHER_XDP', `${name}: ${message}`, { cause: error });
  }
  if (code === 'EPERM') return new SentryError('XS_ERR_PERMISSION', message, { cause: error });
  return new SentryError('XS_ERR_DRIVER', `${name}: ${message}`, { cause: error });
}

/** EBUSY: a program sits there in the same mode; EEXIST: in the other one. */
const isTaken = (code: string): boolean => code === 'EBUSY' || code === 'EEXIST';
