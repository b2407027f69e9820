/** The kernels that there are, and which one a machine gets: the fastest that it can run. */
import { createCryptoKernel } from './crypto.ts';
import { SCALAR, SIMD } from './emit.ts';
import type { Kernel } from './kernel.ts';
import { canRun, createWasmKernel } from './wasm.ts';

/** The fastest first. */
const KERNELS = {
  /** WebAssembly, four candidates at a time. */
  'wasm-simd': { create: () => createWasmKernel(SIMD), isPossible: () => canRun(SIMD) },
  /** WebAssembly, one at a time. */
  'wasm': { create: () => createWasmKernel(SCALAR), isPossible: () => canRun(SCALAR) },
  /** Without WebAssembly: a call for each. */
  'node:crypto': { create: createCryptoKernel, isPossible: () => true },
} as const;

/** How sha256 is computed, as settings, logs, metrics and reports name it. */
export type KernelName = keyof typeof KERNELS;

/** The fastest first. */
export const KERNEL_NAMES = Object.keys(KERNELS) as KernelName[];

/** Whether it can run here; finding out takes some ms. */
export function isPossible(name: KernelName): boolean {
  return KERNELS[name].isPossible();
}

export function createKernel(name: KernelName): Kernel {
  return KERNELS[name].create();
}
