/** The parts of the rivals' APIs that are used here: the check must not need them installed. */
declare module 'hash-wasm' {
  /** https://github.com/Daninet/hash-wasm#api */
  export function createSHA256(): Promise<{
    readonly init: () => void;
    readonly update: (bytes: Uint8Array) => void;
    readonly digest: (form: 'hex') => string;
  }>;
}

declare module '@noble/hashes/sha2.js' {
  /** https://github.com/paulmillr/noble-hashes#sha2 */
  export function sha256(bytes: Uint8Array): Uint8Array;
}
