/**
 * Where Marathon is, and what lets in there. A secret comes from the environment or from a file: a command line is read by
 * everybody on the machine, and by the shell's history.
 */
import { readFileSync } from 'node:fs';
import { UsageError } from '../lib/command-line.ts';

export const accessFlags = {
  'token-file': { type: 'string' },
  'password-file': { type: 'string' },
  ca: { type: 'string' },
} as const;

export interface AccessValues {
  readonly 'token-file'?: string | undefined;
  readonly 'password-file'?: string | undefined;
  readonly ca?: string | undefined;
}

export interface Access {
  /** At least one; asked in this order. */
  readonly masters: readonly URL[];
  /** The header of that name. */
  readonly authorization: string | undefined;
  /** Authorities to trust, PEM, in place of the usual ones. */
  readonly ca: string | undefined;
  /** What must never be shown, in every form in which it is sent. */
  readonly secrets: readonly string[];
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * @param urls of the masters, with commas between them
 * @throws UsageError, which never shows a secret
 */
export function readAccess(urls: string | undefined, values: AccessValues, env: Environment): Access {
  const masters = parseMasters(urls);
  const caFile = values.ca ?? env.MARATHON_CA;
  const ca = caFile ? readSecretly(values.ca ? '--ca' : 'MARATHON_CA', caFile) : undefined;
  return { masters, ca, ...readLogin(values, env) };
}

function parseMasters(urls: string | undefined): URL[] {
  const texts = (urls ?? '').split(',').map((text) => text.trim()).filter((text) => text !== '');
  if (texts.length === 0) throw new UsageError('URL is missing: that of Marathon, such as http://10.0.0.1:8080');
  return texts.map((text) => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    // Not shown before it is known to have no login.
    if (url && (url.username !== '' || url.password !== '')) {
      throw new UsageError('URL must have no login: MARATHON_USER and MARATHON_PASSWORD are for that');
    }
    if (!url || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '') {
      const shown = text.includes('@') ? 'one with an @' : JSON.stringify(text.replace(/[?#].*$/, '?…'));
      throw new UsageError(
        `URL must be http://HOST:PORT or https://HOST:PORT, with commas between several; got ${shown}`,
      );
    }
    return url;
  });
}

function readLogin(values: AccessValues, env: Environment): Pick<Access, 'authorization' | 'secrets'> {
  const { 'token-file': tokenFile, 'password-file': passwordFile } = values;
  if (tokenFile !== undefined && passwordFile !== undefined) {
    throw new UsageError('--token-file and --password-file are two logins: give one');
  }
  // A flag is nearer than the environment; so one of the other kind there does not count.
  const token = tokenFile === undefined
    ? passwordFile === undefined ? env.MARATHON_TOKEN : undefined
    : readSecretly('--token-file', tokenFile);
  const password = passwordFile === undefined
    ? tokenFile === undefined ? env.MARATHON_PASSWORD : undefined
    : readSecretly('--password-file', passwordFile);
  if (token && password) throw new UsageError('MARATHON_TOKEN and MARATHON_PASSWORD are two logins: set one');
  if (token) return tokenLogin(token);
  if (password) return basicLogin(env.MARATHON_USER, password);
  if (env.MARATHON_USER && tokenFile === undefined) {
    throw new UsageError('MARATHON_USER has no password: MARATHON_PASSWORD, or --password-file FILE');
  }
  return { authorization: undefined, secrets: [] };
}

/** DC/OS takes `token=…`, as its own documentation has it, where others take a bearer token: who has one, writes it so. */
function tokenLogin(text: string): Pick<Access, 'authorization' | 'secrets'> {
  const [, scheme = '', token] = /^(token=)?([\x21-\x7e]+)$/.exec(text) ?? [];
  if (token === undefined) {
    throw new UsageError('The token must be one word, or token= and one word, as DC/OS takes it');
  }
  return { authorization: scheme === '' ? `Bearer ${token}` : `token=${token}`, secrets: [token] };
}

function basicLogin(user: string | undefined, password: string): Pick<Access, 'authorization' | 'secrets'> {
  if (!user) throw new UsageError('The password has no user: MARATHON_USER');
  if (user.includes(':')) throw new UsageError('MARATHON_USER must have no colon');
  const encoded = Buffer.from(`${user}:${password}`).toString('base64');
  return { authorization: `Basic ${encoded}`, secrets: [encoded, password] };
}

/** The file's text, without the end of its last line. @throws UsageError that names the file only */
function readSecretly(name: string, file: string): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8').trimEnd();
  } catch (error) {
    throw new UsageError(`Cannot read ${name} ${file}: ${(error as { code?: string }).code ?? 'it is no file'}`);
  }
  if (text === '') throw new UsageError(`Cannot read ${name} ${file}: it is empty`);
  return text;
}

/** What a server says may hold what it was sent. */
export function hideSecrets(text: string, { secrets }: Pick<Access, 'secrets'>): string {
  return secrets.reduce((shown, secret) => shown.replaceAll(secret, '***'), text);
}

/** That a login can be read on its way; undefined where it cannot, or where there is none. */
export function clearTextWarning({ masters, authorization }: Access): string | undefined {
  if (authorization === undefined) return undefined;
  const open = masters.filter(({ protocol, hostname }) =>
    protocol === 'http:' && !/^(localhost|127\.[\d.]+|\[::1\])$/.test(hostname)
  );
  if (open.length === 0) return undefined;
  return `The login goes to ${open.map(({ host }) => host).join(', ')} in clear: whoever is between can read it`;
}
