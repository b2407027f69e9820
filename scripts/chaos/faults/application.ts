/** Services of ours that are slow or sick by themselves: `POST /faults`, where they run with FAULTS=on. */
import { DEFAULT_PORTS } from '../../lib/roles.ts';
import { shWord } from '../../lib/sh-word.ts';
import type { Fault, FaultScripts, Strike } from './fault.ts';

/** `node -e ASK METHOD [JSON]`; the container's environment and arguments come in ENV and ARGS, as the engine tells them. */
const ASK = `
const [method, body] = process.argv.slice(1);
const env = Object.fromEntries(JSON.parse(process.env.ENV).map((entry) => [entry.split('=', 1)[0], entry.slice(entry.indexOf('=') + 1)]));
const role = env.ROLE || JSON.parse(process.env.ARGS)?.[0];
const ports = ${JSON.stringify(DEFAULT_PORTS)};
const headers = { 'content-type': 'application/json', ...(env.ADMIN_TOKEN ? { authorization: 'Bearer ' + env.ADMIN_TOKEN } : {}) };
fetch('http://127.0.0.1:' + (env.PORT || ports[role]) + '/faults', { method, headers, body, signal: AbortSignal.timeout(10000) })
  .then(async (answer) => {
    const text = (await answer.text()).trim();
    if (answer.ok) console.log(text);
    else { console.error(answer.status === 404 ? 'it does not run with FAULTS=on' : text); process.exit(1); }
  }, (error) => { console.error((error.cause ?? error).message); process.exit(1); });
`;

function throughFaults({ victim: { handle }, forMs }: Strike, fault: object): FaultScripts {
  const id = shWord(handle);
  const ask = (...words: string[]): string =>
    `ENV=$(container ${id} Config.Env) ARGS=$(container ${id} Config.Cmd) nsenter -t "$(container ${id} State.Pid)" -n -- node -e ${
      shWord(ASK)
    } ${words.map(shWord).join(' ')}`;
  // It ends by itself, too.
  return {
    apply: `remember ${id}\n${ask('POST', JSON.stringify({ ...fault, forMs }))}`,
    revert: `gone ${id} && exit 0\n${ask('DELETE')}`,
    isOn: `${ask('GET')} | grep -q latencyMs`,
  };
}

export const slow: Fault = {
  name: 'slow',
  about: 'each answer of a service that runs with FAULTS=on is late (--delay 300ms)',
  on: ['container'],
  victims: 'one',
  takesAway: false,
  needs: ['node'],
  wants: 'faults',
  scripts: (strike) => throughFaults(strike, { latencyMs: strike.settings.delayMs }),
};

export const errors: Fault = {
  name: 'errors',
  about: 'so many answers of a service that runs with FAULTS=on are errors (--errors 50%)',
  on: ['container'],
  victims: 'one',
  takesAway: false,
  needs: ['node'],
  wants: 'faults',
  scripts: (strike) => throughFaults(strike, { errorRate: strike.settings.errorRate }),
};
