/** Names of capabilities(7) as linux/capability.h numbers them, without their CAP_. */
export const capabilities = [
  'chown',
  'dac_override',
  'dac_read_search',
  'fowner',
  'fsetid',
  'kill',
  'setgid',
  'setuid',
  'setpcap',
  'linux_immutable',
  'net_bind_service',
  'net_broadcast',
  'net_admin',
  'net_raw',
  'ipc_lock',
  'ipc_owner',
  'sys_module',
  'sys_rawio',
  'sys_chroot',
  'sys_ptrace',
  'sys_pacct',
  'sys_admin',
  'sys_boot',
  'sys_nice',
  'sys_resource',
  'sys_time',
  'sys_tty_config',
  'mknod',
  'lease',
  'audit_write',
  'audit_control',
  'setfcap',
  'mac_override',
  'mac_admin',
  'syslog',
  'wake_alarm',
  'block_suspend',
  'audit_read',
  'perfmon',
  'bpf',
  'checkpoint_restore',
] as const;

export type Capability = (typeof capabilities)[number];

/** A set of them as the kernel has it: bit N is number N. A newer kernel may know more than have a name here. */
export type CapabilitySet = bigint;

const bitOf = (capability: Capability): CapabilitySet => 1n << BigInt(capabilities.indexOf(capability));

export const setOf = (names: readonly Capability[]): CapabilitySet =>
  names.reduce((set, name) => set | bitOf(name), 0n);

export const has = (set: CapabilitySet, name: Capability): boolean => (set & bitOf(name)) !== 0n;

/** As people know them: CAP_BPF; one without a name by its number. */
export function namesIn(set: CapabilitySet): string[] {
  const names: string[] = [];
  for (let number = 0, left = set; left !== 0n; number++, left >>= 1n) {
    if (left & 1n) names.push(nameOf(capabilities[number] ?? `${number}`));
  }
  return names;
}

export const nameOf = (capability: string): string => `CAP_${capability.toUpperCase()}`;

/** Reads `net_raw` and `CAP_NET_RAW`; undefined for what is none. */
export function parseCapability(text: string): Capability | undefined {
  const wanted = text.toLowerCase().replace(/^cap_/, '');
  return capabilities.find((name) => name === wanted);
}
