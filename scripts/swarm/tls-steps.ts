/**
 * What `certs` does on a machine: its certificate, and an engine that listens for those who have one of the same authority. And
 * back. The engine's own socket stays as it is.
 */
import { TLS_PORT } from '../lib/room/engines.ts';
import type { FileStep } from '../lib/room/steps.ts';

/** On the machines. */
const FOLDER = '/etc/docker/coinroom-tls';
const DROP_IN = '/etc/systemd/system/docker.service.d/coinroom-tls.conf';
const OPTIONS = '/etc/docker/daemon.json';

const RESTART = `
systemctl restart docker 2>/dev/null || service docker restart >/dev/null
for second in $(seq 60); do docker version >/dev/null 2>&1 && break; sleep 1; done
docker version >/dev/null 2>&1 || { echo 'the engine does not come up again' >&2; exit 1; }`;

/** It was started with the certificate that is there now, and asks for one. */
const LISTENS =
  `curl -fsS --noproxy '*' --max-time 5 --cacert ${FOLDER}/ca.pem --cert "$CLIENT_CERT" --key "$CLIENT_KEY" \\
  https://127.0.0.1:${TLS_PORT}/_ping >/dev/null &&
  [ "$(cat ${FOLDER}/in-use)" = "$(cat ${FOLDER}/*.pem | sha256sum)" ]`;

/** A pair, and the authority's certificate in CA, in a folder of root's. @param files variables that name them */
export function installing(
  folder: string,
  files: { readonly certificate: string; readonly key: string },
): Pick<FileStep, 'check' | 'do'> {
  const { certificate, key } = files;
  return {
    check: `cd ${folder} && cmp -s "$CA" ca.pem && cmp -s "$${certificate}" cert.pem && cmp -s "$${key}" key.pem`,
    do: `
mkdir -p -m 700 ${folder}
install -m 444 "$CA" ${folder}/ca.pem
install -m 444 "$${certificate}" ${folder}/cert.pem
install -m 400 "$${key}" ${folder}/key.pem`,
  };
}

/** Given: the files CA, SERVER_CERT, SERVER_KEY, CLIENT_CERT and CLIENT_KEY. */
export const TLS_STEPS: readonly FileStep[] = [
  {
    ...{ name: 'certificate', as: 'root', on: 'all', withinS: 60 },
    ...installing(FOLDER, { certificate: 'SERVER_CERT', key: 'SERVER_KEY' }),
  },
  {
    ...{ name: 'engine asks for one', as: 'root', on: 'all', withinS: 180 },
    check: LISTENS,
    do: `
command -v jq >/dev/null || { echo 'it has no jq: prep.mjs post installs it' >&2; exit 1; }
[ -s ${OPTIONS} ] || echo '{}' >${OPTIONS}
tls='{ tlsverify: true, tlscacert: "${FOLDER}/ca.pem", tlscert: "${FOLDER}/cert.pem", tlskey: "${FOLDER}/key.pem" }'
if [ -d /run/systemd/system ]; then
  # Its unit has -H already, and the engine takes hosts from one place only.
  start=$(systemctl cat docker | sed -n 's/^ExecStart=\\(..*\\)/\\1/p' | tail -n 1)
  case $start in *tcp://*) ;; *)
    mkdir -p ${DROP_IN.replace(/\/[^/]*$/, '')}
    printf '[Service]\\nExecStart=\\nExecStart=%s -H tcp://0.0.0.0:${TLS_PORT}\\n' "$start" >${DROP_IN}
    systemctl daemon-reload ;;
  esac
  options=$(jq ". + $tls" ${OPTIONS})
else
  options=$(jq ". + $tls + { hosts: [\\"unix:///var/run/docker.sock\\", \\"tcp://0.0.0.0:${TLS_PORT}\\"] }" ${OPTIONS})
fi
printf '%s\\n' "$options" >${OPTIONS}.new && mv ${OPTIONS}.new ${OPTIONS}
${RESTART}
cat ${FOLDER}/*.pem | sha256sum >${FOLDER}/in-use`,
  },
];

/** Takes all of it away. */
export const TLS_OFF_STEP: FileStep = {
  ...{ name: 'engine without TLS', as: 'root', on: 'all', withinS: 180 },
  check: `[ ! -e ${FOLDER} ] && [ ! -e ${DROP_IN} ] && ! grep -q coinroom-tls ${OPTIONS} 2>/dev/null`,
  do: `
rm -f ${DROP_IN}
rmdir ${DROP_IN.replace(/\/[^/]*$/, '')} 2>/dev/null || true
[ ! -d /run/systemd/system ] || systemctl daemon-reload
if [ -s ${OPTIONS} ]; then
  options=$(jq 'if .tlscacert == "${FOLDER}/ca.pem" then del(.tlsverify, .tlscacert, .tlscert, .tlskey, .hosts) else . end' ${OPTIONS})
  if [ "$options" = '{}' ]; then rm ${OPTIONS}; else printf '%s\\n' "$options" >${OPTIONS}.new && mv ${OPTIONS}.new ${OPTIONS}; fi
fi
${RESTART}
rm -rf ${FOLDER}`,
};
