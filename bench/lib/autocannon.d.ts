/** The part of autocannon (https://github.com/mcollina/autocannon#api) that is used here; it brings no types. */
declare module 'autocannon' {
  interface Result {
    readonly requests: { readonly total: number; readonly average: number };
    readonly non2xx: number;
    readonly errors: number;
  }
  export default function autocannon(options: {
    readonly url: string;
    readonly connections: number;
    /** Seconds. */
    readonly duration: number;
    readonly method: 'GET' | 'POST';
    readonly body?: Buffer;
  }): Promise<Result>;
}
