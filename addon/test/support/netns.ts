import { execFileSync, spawnSync } from 'node:child_process';

let made = 0;

export type NamespacePair = Disposable & { readonly near: string; readonly far: string };

/** Interface `veth` of one namespace is the other end of interface `veth` of the other. Removed at the end of the scope. */
export function makeNamespacePair(): NamespacePair {
  const prefix = `bln-${process.pid}-${made++}`;
  const [near, far] = [`${prefix}-a`, `${prefix}-b`];
  const pair = {
    near,
    far,
    [Symbol.dispose]: () => {
      for (const name of [near, far]) spawnSync('ip', ['netns', 'delete', name], { stdio: 'ignore' });
    },
  };
  try {
    ip('netns', 'add', near);
    ip('netns', 'add', far);
    ipIn(near, 'link', 'add', 'veth', 'type', 'veth', 'peer', 'name', 'veth', 'netns', far);
    for (const name of [near, far]) ipIn(name, 'link', 'set', 'veth', 'up');
    return pair;
  } catch (error) {
    pair[Symbol.dispose]();
    throw error;
  }
}

/** `nsenter` and not `ip -n`: that remounts, which a chroot does not allow. */
export function ipIn(namespace: string, ...args: string[]): void {
  execFileSync('nsenter', [`--net=/run/netns/${namespace}`, 'ip', ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
}

function ip(...args: string[]): void {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}
