/**
 * Victims that get too little. The limits of a container are made narrower, and put back; on a machine processes of the
 * guard's take what there is, and end.
 */
import { shWord } from '../../lib/sh-word.ts';
import type { Target } from '../targets/target.ts';
import type { Fault, FaultScripts } from './fault.ts';

/** Of a core. */
const CPU_SHARE = 0.05;

/** The kernel's usual period, µs. */
const PERIOD = 100_000;

/** What it may take beyond what it has. Docker takes no limit below 6 MiB. */
const SPARE_BYTES = 2 ** 20;

export const cpu: Fault = {
  name: 'cpu',
  about: `it gets ${CPU_SHARE * 100} % of a core; a machine: all its cores are busy with something else`,
  on: ['container', 'machine'],
  victims: 'one',
  takesAway: false,
  needs: [['node', 'processes']],
  scripts: ({ victim }) => victim.kind === 'machine' ? BUSY_CORES : narrowCpu(victim),
};

function narrowCpu({ handle }: Target): FaultScripts {
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
}

/** As real as what it plays: they give way to nobody. */
const BUSY_CORES: FaultScripts = {
  apply: `nproc >"$dir/cores"
for core in $(seq "$(cat "$dir/cores")"); do hold 'while :; do :; done'; done`,
  revert: 'let_go',
  isOn: '[ "$(held | wc -l)" = "$(cat "$dir/cores")" ]',
};

export const memory: Fault = {
  name: 'memory',
  about: 'it may take no more memory than it has; a machine: most of what is free is taken (--memory 80%)',
  on: ['container', 'machine'],
  victims: 'one',
  takesAway: false,
  needs: [['node', 'processes']],
  wants: 'memory limit',
  scripts: ({ victim, settings }) =>
    victim.kind === 'machine' ? holdMemory(settings.memoryShare) : narrowMemory(victim),
};

function narrowMemory({ handle }: Target): FaultScripts {
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
}

/** How long what takes it is waited for before the fault is said to be on, s. */
const FULL_WITHIN_S = 15;

/**
 * By a tail(1) that waits for the end of a line that does not come. Where memory runs out, the kernel ends it before
 * anybody else.
 */
function holdMemory(share: number): FaultScripts {
  const take = `echo 1000 >/proc/self/oom_score_adj
mkfifo "$1/fifo"
{ head -c "$2" /dev/zero; exec sleep 864000; } >"$1/fifo" &
tail <"$1/fifo" >/dev/null &
echo $! >"$1/tail"
wait $!`;
  const taken = `taken() {
  [ -n "$(held)" ] && [ -s "$dir/tail" ] || { echo 0; return; }
  awk '/^(VmRSS|VmSwap):/ { sum += $2 } END { printf "%d\\n", sum }' "/proc/$(cat "$dir/tail")/status"
}
is_full() { [ "$(($(taken) * 10))" -ge "$(($(cat "$dir/kilobytes") * 9))" ]; }`;
  return {
    apply: `${taken}
awk '/^MemAvailable:/ { printf "%d\\n", $2 * ${share} }' /proc/meminfo >"$dir/kilobytes"
hold ${shWord(take)} "$(($(cat "$dir/kilobytes") * 1024))"
for try in $(seq ${FULL_WITHIN_S * 5}); do ! is_full || exit 0; sleep 0.2; done
[ -n "$(held)" ]`,
    revert: 'let_go',
    isOn: `${taken}
is_full`,
  };
}
