/** The setting that says which kernel, and what becomes of it on this machine. */
import { autoOr, oneOf, type Setting, SettingError } from '../service/settings.ts';
import { isPossible, KERNEL_NAMES, type KernelName } from './kernel/kernels.ts';

export const kernelSetting: Setting<KernelName | 'auto'> = {
  kind: autoOr(oneOf(...KERNEL_NAMES)),
  default: 'auto',
  meaning: 'how sha256 is computed; auto is the fastest that runs here',
};

/** @throws SettingError when this machine cannot run the kernel that was asked for */
export function chooseKernel(asked: KernelName | 'auto'): KernelName {
  if (asked === 'auto') return KERNEL_NAMES.find(isPossible)!;
  if (isPossible(asked)) return asked;
  const possible = KERNEL_NAMES.filter(isPossible).join(', ');
  throw new SettingError(`KERNEL must be one that this machine can run (${possible}); got "${asked}"`);
}
