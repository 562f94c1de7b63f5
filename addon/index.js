import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const binary = fileURLToPath(new URL('./build/bpf_loader_native.node', import.meta.url));
if (!existsSync(binary)) {
  throw new Error(`bpf-loader-native is not built: ${binary} is missing. Run "make build".`);
}

export const {
  BpfLink,
  BpfMap,
  BpfObject,
  BpfProgram,
  bootTimeNs,
  execve,
  interfaceIndex,
  interfaceHardware,
  libbpfVersion,
  limitCapabilities,
  MAP_FLAG_INNER_MAP,
  MAP_FLAG_MMAPABLE,
  PROGRAM_FLAG_XDP_HAS_FRAGS,
  peerCredentials,
  possibleCpus,
  programName,
  queryXdp,
  RingBuffer,
  setNoNewPrivileges,
  supportsHelper,
  supportsMapType,
  supportsProgramType,
  TcpListener,
  TEST_RUN_XDP_LIVE_FRAMES,
  UnixDatagram,
} = createRequire(import.meta.url)(binary);

/** Reads one key ahead, so that the caller may delete the key in hand; and ends on a map that keeps changing. */
function* keys() {
  let next = this.nextKey();
  for (let left = this.info.maxEntries; next && left > 0; left--) {
    const key = next;
    next = this.nextKey(key);
    yield key;
  }
}
Object.defineProperty(BpfMap.prototype, 'keys', { value: keys, writable: true, configurable: true });
