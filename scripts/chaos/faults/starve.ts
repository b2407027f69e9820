/** Containers that get too little: the limits that they have are made narrower, and put back. */
import { shWord } from '../../lib/sh-word.ts';
import type { Fault } from './fault.ts';

/** Of a core. */
const CPU_SHARE = 0.05;

/** The kernel's usual period, µs. */
const PERIOD = 100_000;

/** What it may take beyond what it has. Docker takes no limit below 6 MiB. */
const SPARE_BYTES = 2 ** 20;

export const cpu: Fault = {
  name: 'cpu',
  about: `it gets ${CPU_SHARE * 100} % of a core; a machine: all its cores are busy with something else`,
  on: ['container'],
  victims: 'one',
  takesAway: false,
  needs: ['node'],
  scripts: ({ victim: { handle } }) => {
    const id = shWord(handle);
    return {
      apply: `container ${id} HostConfig.NanoCpus >"$dir/nano"
container ${id} HostConfig.CpuQuota >"$dir/quota"
container ${id} HostConfig.CpuPeriod >"$dir/period"
if [ "$(cat "$dir/nano")" -gt 0 ]; then api POST /containers/${id}/update '{"NanoCpus":${CPU_SHARE * 1e9}}' >/dev/null
else api POST /containers/${id}/update '{"CpuPeriod":${PERIOD},"CpuQuota":${CPU_SHARE * PERIOD}}' >/dev/null; fi`,
      revert: `missing ${id} && exit 0
[ -s "$dir/period" ] || exit 0
nano=$(cat "$dir/nano") quota=$(cat "$dir/quota") period=$(cat "$dir/period")
[ "$quota" -gt 0 ] || quota=-1
[ "$period" -gt 0 ] || period=${PERIOD}
if [ "$nano" -gt 0 ]; then api POST /containers/${id}/update "{\\"NanoCpus\\":$nano}" >/dev/null
else api POST /containers/${id}/update "{\\"CpuPeriod\\":$period,\\"CpuQuota\\":$quota}" >/dev/null; fi`,
      isOn: `case "$(container ${id} HostConfig.NanoCpus) $(container ${id} HostConfig.CpuQuota)" in
"${CPU_SHARE * 1e9} "*|*" ${CPU_SHARE * PERIOD}") ;; *) exit 1 ;; esac`,
    };
  },
};

export const memory: Fault = {
  name: 'memory',
  about: 'it may take no more memory than it has; a machine: most of what is free is taken (--memory 80%)',
  on: ['container'],
  victims: 'one',
  takesAway: false,
  needs: ['node'],
  wants: 'memory limit',
  scripts: ({ victim: { handle } }) => {
    const id = shWord(handle);
    return {
      apply: `container ${id} HostConfig.Memory >"$dir/memory"
container ${id} HostConfig.MemorySwap >"$dir/swap"
[ "$(cat "$dir/memory")" -gt 0 ] || { echo "it has no limit of memory that could be made narrower" >&2; exit 1; }
used=$(api GET "/containers/${id}/stats?stream=false" memory_stats.usage)
limit=$((used + ${SPARE_BYTES}))
[ $limit -gt ${8 * 2 ** 20} ] || limit=${8 * 2 ** 20}
echo $limit >"$dir/narrow"
api POST /containers/${id}/update "{\\"Memory\\":$limit,\\"MemorySwap\\":$limit}" >/dev/null`,
      revert: `missing ${id} && exit 0
[ -s "$dir/narrow" ] || exit 0
api POST /containers/${id}/update "{\\"Memory\\":$(cat "$dir/memory"),\\"MemorySwap\\":$(cat "$dir/swap")}" >/dev/null`,
      isOn: `[ "$(container ${id} HostConfig.Memory)" = "$(cat "$dir/narrow")" ]`,
    };
  },
};
