/** What Linux knows of privileges and Node.js does not; what to do with it is decided in src/privileges.ts. */
export { execve, limitCapabilities, peerCredentials, setNoNewPrivileges } from 'bpf-loader-native';
