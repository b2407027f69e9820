/** Fills the registry of a room: by one machine, which gets the images from outside, or from the engine here. */
import { spawn } from 'node:child_process';
import type { Connections, Host } from '../lib/fan-out/connections.ts';
import { killGroup, run } from '../lib/process.ts';
import { shWord } from '../lib/sh-word.ts';
import { asRoot } from '../lib/room/logins.ts';
import type { Registry } from './registry.ts';
import { onMachines, type OnMachinesOptions } from '../lib/room/step.ts';

export interface FillOptions extends Omit<OnMachinesOptions, 'script' | 'judge'> {
  readonly registry: Registry;
  /** Names with a tag. */
  readonly images: readonly string[];
  /** Of the repository on that machine. */
  readonly commit: string;
  readonly onProgress: (line: string) => void;
}

export interface Filled {
  /** A name, and where it is in the registry, by digest. */
  readonly images: readonly (readonly [name: string, place: string])[];
  /** The first stage of our Dockerfile there, by digest. */
  readonly cache: string;
  /** An image, by digest, with /layers.tar, which has that stage and all that it was built upon; empty with BuildKit. */
  readonly layers: string;
}

/** @throws Error that names the machine, and what could not be had */
export async function fillRegistry(options: FillOptions): Promise<Filled> {
  const { registry: { machine, address }, images, connections, signal, onProgress } = options;
  onProgress(`${machine.name} brings ${images.length} images into the registry ${address} …`);
  let said = await fillOnce(options);
  for (const name of said.missing) {
    if ((await run(['docker', 'image', 'inspect', name])).code !== 0) continue;
    onProgress(`${machine.name} cannot pull ${name}: it is sent from here …`);
    await sendImage(name, { host: asRoot([machine])[0]!.host, connections, signal, withinMs: options.withinMs });
  }
  if (said.missing.length > 0) said = await fillOnce(options);
  if (said.missing.length > 0) {
    const which = said.missing.join(', ');
    throw new Error(
      `${machine.name} cannot pull ${which}, and the engine here does not have it: docker pull, or images.txt`,
    );
  }
  if (said.cache === undefined) throw new Error(`${machine.name} did not say where the cache is`);
  return { images: said.images, cache: said.cache, layers: said.layers };
}

interface Said {
  readonly images: (readonly [string, string])[];
  readonly missing: string[];
  readonly cache: string | undefined;
  readonly layers: string;
}

async function fillOnce({ registry, images, commit, onProgress: _, ...options }: FillOptions): Promise<Said> {
  const { machine } = registry;
  const [login] = await onMachines([machine], { ...options, script: () => 'id -un' });
  const user = login!.stdout.text().trim();
  const script = login!.end === 'done' ? fillScript({ registry, images, commit, user }) : 'false';
  const [result] = await onMachines(asRoot([machine]), { ...options, script: () => script });
  const { end, detail, stdout } = login!.end === 'done' ? result! : login!;
  if (end !== 'done') throw new Error(`Cannot fill the registry: ${machine.name} is ${end}: ${detail}`);
  const lines = stdout.text().split('\n').map((line) => line.split(' '));
  return {
    images: lines.flatMap(([word, name, place]) => word === 'image' ? [[name!, place!] as const] : []),
    missing: lines.flatMap(([word, name]) => word === 'missing' ? [name!] : []),
    cache: lines.find(([word]) => word === 'cache')?.[1],
    layers: lines.find(([word]) => word === 'layers')?.[1] ?? '',
  };
}

interface ScriptInput extends Pick<FillOptions, 'registry' | 'images' | 'commit'> {
  readonly user: string;
}

/** For root. What is there is left as it is. */
function fillScript({ registry: { address, isOurs }, images, commit, user }: ScriptInput): string {
  return `
REGISTRY=${shWord(address)} COMMIT=${shWord(commit)} LOGIN=${shWord(user)}
${isOurs ? START_REGISTRY : ''}
push() {
  docker tag "$1" "$REGISTRY/$1" && docker push "$REGISTRY/$1" >"$work/said" 2>&1 ||
    { tail -n 1 "$work/said" >&2; exit 1; }
  sed -n "s|^.*: digest: \\(sha256:[0-9a-f]*\\) .*|$REGISTRY/\${1%:*}@\\1|p" "$work/said"
}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
lacks=
for image in ${images.map(shWord).join(' ')}; do
  if docker image inspect "$image" >/dev/null 2>&1 || timeout 600 docker pull --quiet "$image" >/dev/null 2>&1; then
    place=$(push "$image") || exit 1
    echo "image $image $place"
  else lacks=1; echo "missing $image"
  fi
done
[ -z "$lacks" ] || exit 0
cache=coinroom-cache:$COMMIT
if ! docker image inspect "$cache" >/dev/null 2>&1; then
  cd "$(eval echo "~$LOGIN")/coinroom" || { echo 'its node1 has no repository: prep.mjs repository' >&2; exit 1; }
  [ "$(runuser -u "$LOGIN" -- git rev-parse HEAD)" = "$COMMIT" ] ||
    { echo 'its repository is at another commit: prep.mjs repository' >&2; exit 1; }
  compose='docker compose'; $compose version >/dev/null 2>&1 || compose=docker-compose
  # By Compose, as those who find it build: a cache is none for another program.
  printf 'services: { cache: { image: "%s", build: { context: ., target: build, args: { BUILDKIT_INLINE_CACHE: "1" } } } }' "$cache" |
    runuser -u "$LOGIN" -- $compose --project-directory . --file - build cache >"$work/built" 2>&1 ||
    { tail -n 3 "$work/built" >&2; exit 1; }
fi
place=$(push "$cache") || exit 1
echo "cache $place"
layers=coinroom-layers:$COMMIT
ids=$(docker history --quiet --no-trunc "$cache" | grep -v missing)
# BuildKit keeps no image of a step.
[ "$(echo "$ids" | wc -l)" -gt 2 ] || exit 0
if ! docker image inspect "$layers" >/dev/null 2>&1; then
  docker save --output "$work/layers.tar" $ids && tar -C "$work" -c layers.tar | docker import - "$layers" >/dev/null || exit 1
fi
place=$(push "$layers") || exit 1
echo "layers $place"`;
}

/** Debian's own, or, where there is none, the image. */
const START_REGISTRY = `
answers() { curl -fsS --noproxy '*' --max-time 5 "http://$REGISTRY/v2/" >/dev/null 2>&1; }
answers || {
  export DEBIAN_FRONTEND=noninteractive
  command -v docker-registry >/dev/null ||
    { apt-get -qq -o DPkg::Lock::Timeout=300 update &&
      apt-get -qq -y -o DPkg::Lock::Timeout=300 install --no-install-recommends docker-registry; } >/dev/null 2>&1
  if command -v docker-registry >/dev/null; then
    cat >/etc/docker/registry/config.yml <<CONFIG
version: 0.1
storage: { filesystem: { rootdirectory: /var/lib/docker-registry } }
http: { addr: ':\${REGISTRY##*:}' }
CONFIG
    systemctl enable docker-registry >/dev/null 2>&1
    systemctl restart docker-registry 2>/dev/null || {
      # Its script does not wait for the end of the one that the package has started, and then starts no other.
      service docker-registry stop >/dev/null 2>&1 || true
      for second in $(seq 10); do pgrep -x docker-registry >/dev/null || break; sleep 1; done
      service docker-registry start >/dev/null
    }
  else
    docker rm --force coinroom-registry >/dev/null 2>&1
    docker run --detach --name coinroom-registry --restart unless-stopped --publish "\${REGISTRY##*:}:5000" registry:2.8.3 >/dev/null
  fi
  for second in $(seq 30); do answers && break; sleep 1; done
  answers || { echo "the registry does not answer on $REGISTRY" >&2; exit 1; }
}`;

interface SendOptions {
  readonly host: Host;
  readonly connections: Connections;
  readonly signal: AbortSignal;
  readonly withinMs: number;
}

/** `docker save` here, `docker load` there. */
async function sendImage(name: string, { host, connections, signal, withinMs }: SendOptions): Promise<void> {
  signal.throwIfAborted();
  const [file, ...args] = connections.command(host);
  const save = spawn('docker', ['save', name], { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const load = spawn(file!, [...args, 'docker', 'load', '--quiet'], {
    env: { ...process.env, ...connections.env(host) },
    stdio: ['pipe', 'ignore', 'pipe'],
    detached: true,
  });
  const end = (): void => [save, load].forEach(({ pid }) => killGroup(pid, 'SIGTERM'));
  // It may end before it has read all, and then nobody reads what is saved.
  save.stdout.pipe(load.stdin.on('error', end));
  const timer = setTimeout(end, withinMs);
  signal.addEventListener('abort', end, { once: true });
  let said = '';
  for (const { stderr } of [save, load]) stderr.setEncoding('utf8').on('data', (text: string) => said += text);
  try {
    const codes = await Promise.all(
      [save, load].map((child) =>
        new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve))
      ),
    );
    signal.throwIfAborted();
    if (codes.some((code) => code !== 0)) {
      throw new Error(`Cannot send ${name} to ${host.address}: ${said.trim() || 'it took too long'}`);
    }
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
  }
}
