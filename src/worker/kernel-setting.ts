/** The setting that says which kernel, and what becomes of it on this machine. */
import { autoOr, oneOf, type Setting, SettingError } from '../service/settings.ts';
import { KERNEL_NAMES, type KernelName, possibleKernels } from './kernel/kernels.ts';

export const kernelSetting: Setting<KernelName | 'auto'> = {
  kind: autoOr(oneOf(...KERNEL_NAMES)),
  default: 'auto',
  meaning: 'how sha256 is computed; auto is the fastest that runs here',
};

/** @throws SettingError when this machine cannot run the kernel that was asked for */
export function chooseKernel(asked: KernelName | 'auto'): KernelName {
  const possible = possibleKernels();
  if (asked === 'auto') return possible[0]!;
  if (possible.includes(asked)) return asked;
  throw new SettingError(`KERNEL must be one that this machine can run (${possible.join(', ')}); got "${asked}"`);
}
