import { existsSync } from 'node:fs';
import { release } from 'node:os';
import { fileURLToPath } from 'node:url';
import {
  type BpfError,
  type BpfMap,
  BpfObject,
  PROGRAM_FLAG_XDP_HAS_FRAGS,
  supportsHelper,
} from 'bpf-loader-native';
import { SentryError } from '../errors.ts';
import { plainly } from '../values/system-error.ts';
import { tunables } from './wire.generated.ts';

/** Same place seen from src/ and from dist/. */
const OBJECT_PATH = fileURLToPath(new URL('../../build/xdpsentry.bpf.o', import.meta.url));
export const PROGRAM_NAME = 'xdpsentry';

/** Oldest kernel that is tested for: ring buffers, atomics, bounded loops, global functions with memory arguments. */
const KERNEL_FLOOR = [5, 15] as const;
/** enum bpf_func_id: BPF_FUNC_xdp_get_buff_len, which came with Linux 5.18 as did programs for fragmented buffers. */
const HELPER_XDP_GET_BUFF_LEN = 188;

export type Tunables = Partial<Record<keyof typeof tunables, number | boolean>>;

/** Loads the data plane: nothing is attached yet. `kept` stand in for tables of these names; all others are empty. */
export function loadObject(
  settings: Tunables,
  capacities: Readonly<Record<string, number>>,
  kept: ReadonlyMap<string, BpfMap> = new Map(),
): BpfObject {
  if (!existsSync(OBJECT_PATH)) throw new SentryError('XS_ERR_NOT_BUILT', OBJECT_PATH);
  checkKernel(release());

  const object = BpfObject.open(OBJECT_PATH);
  try {
    const isRecent = supportsHelper('xdp', HELPER_XDP_GET_BUFF_LEN);
    if (isRecent) object.addProgramFlags(PROGRAM_NAME, PROGRAM_FLAG_XDP_HAS_FRAGS);
    setTunables(object, { hasBuffLen: isRecent, ...settings });
    for (const [map, entries] of Object.entries(capacities)) object.setMaxEntries(map, entries);
    for (const [name, map] of kept) object.reuseMap(name, map);
    object.load();
    return object;
  } catch (error) {
    object.close();
    throw explainLoadError(error);
  }
}

function setTunables(object: BpfObject, settings: Tunables): void {
  for (const [key, setting] of Object.entries(settings)) {
    const { name, size } = tunables[key as keyof typeof tunables];
    const bytes = new Uint8Array(new BigUint64Array([BigInt(setting)]).buffer);
    object.setTunable(name, bytes.subarray(0, size));
  }
}

/** Throws when `kernelRelease` (as `uname -r` prints it) is older than what the data plane was written for. */
export function checkKernel(kernelRelease: string): void {
  const [major = 0, minor = 0] = kernelRelease.split('.').map(Number);
  const [floorMajor, floorMinor] = KERNEL_FLOOR;
  if (major < floorMajor || (major === floorMajor && minor < floorMinor)) {
    throw new SentryError('XS_ERR_KERNEL', `this is Linux ${kernelRelease}`);
  }
}

function explainLoadError(error: unknown): SentryError {
  const { code, syscall, log, message } = error as BpfError;
  /* Without CAP_PERFMON the verifier itself objects, to computed packet offsets. */
  if (code === 'EPERM' || (code === 'EACCES' && log.includes('prohibited'))) {
    return new SentryError('XS_ERR_PERMISSION', `${syscall}: ${plainly(error)}`, { cause: error });
  }
  const words = log ? `\n${log.trimEnd().split('\n').slice(-20).join('\n')}` : '';
  return new SentryError('XS_ERR_LOAD', `${message}${words}`, { cause: error });
}
